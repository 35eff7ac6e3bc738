//! Requests of the commands that change Alice's identifiers and password, and their answers.

use account_api::account::Change;
use account_api::app::{Outcome, StepUpView};
use account_api::identifiers::{EmailSetRequest, PhoneSetRequest, UsernameUpdateRequest};
use account_api::password::PasswordUpdateRequest;
use account_api::secret::SecretText;
use account_api::step_up::CodeConfirmRequest;

/// Alice's e-mail address as the sandbox knows it.
pub(crate) const ALICES_EMAIL: &str = "alice@example.test";
/// Alice's phone number as the sandbox knows it.
pub(crate) const ALICES_PHONE: &str = "15550000001";
/// Alice's password.
pub(crate) const ALICES_PASSWORD: &str = "Correct-Horse-7";

/// Returns a request that replaces Alice's e-mail address.
pub(crate) fn email(to: &str) -> EmailSetRequest {
    EmailSetRequest { from: Some(ALICES_EMAIL.to_owned()), address: to.to_owned() }
}

/// Returns a request that replaces Alice's phone number.
pub(crate) fn phone(to: &str) -> PhoneSetRequest {
    PhoneSetRequest { from: Some(ALICES_PHONE.to_owned()), number: to.to_owned() }
}

/// Returns a request that changes the user name.
pub(crate) fn username(from: &str, to: &str) -> UsernameUpdateRequest {
    UsernameUpdateRequest { username: Change { from: Some(from.to_owned()), to: Some(to.to_owned()) } }
}

/// Returns a request that changes the password.
pub(crate) fn new_password(to: &str) -> PasswordUpdateRequest {
    PasswordUpdateRequest { password: SecretText::new(to.to_owned()) }
}

/// Returns a code for the transaction `t-1`.
pub(crate) fn code(code: &str) -> CodeConfirmRequest {
    code_of("t-1", code)
}

/// Returns a code for a transaction.
pub(crate) fn code_of(transaction: &str, code: &str) -> CodeConfirmRequest {
    CodeConfirmRequest {
        transaction: SecretText::new(transaction.to_owned()),
        code: SecretText::new(code.to_owned()),
    }
}

/// Returns the step-up that is needed.
pub(crate) fn needed<A: std::fmt::Debug>(outcome: Outcome<A>) -> StepUpView {
    match outcome {
        Outcome::StepUp { step_up } => step_up,
        Outcome::Done { answer } => panic!("done without a proof: {answer:?}"),
    }
}

/// Returns the answer.
pub(crate) fn done<A>(outcome: Outcome<A>) -> A {
    match outcome {
        Outcome::Done { answer } => answer,
        Outcome::StepUp { step_up } => panic!("asked again: {step_up:?}"),
    }
}
