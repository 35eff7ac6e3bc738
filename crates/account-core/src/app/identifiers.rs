//! Identifiers of the account: e-mail address, phone number and user name.
//!
//! A new address is set in two steps: `…_set` requests a code, `…_confirm` sends it back. The proof belongs to the
//! first step; the second one carries it in its transaction.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::identifiers::{
    EmailRemoveRequest, EmailSetRequest, PhoneRemoveRequest, PhoneSetRequest, UsernameUpdateRequest,
};
use account_api::step_up::{CodeConfirmRequest, CodeSentView, Purpose};

use super::App;
use crate::backend::{self, Request, routes};
use crate::error::Error;
use crate::session::Session;
use crate::step_up::StepUpRequirement;

impl App {
    /// Requests a code for a new e-mail address.
    ///
    /// # Errors
    /// `InvalidValue` when the address is invalid or the current one, `Conflict` when the current one is not `from`,
    /// `FieldNotEditable`, `RateLimited`, and as [`App::account_refresh`].
    pub async fn email_set(
        self: &Arc<Self>,
        account_id: &str,
        request: EmailSetRequest,
    ) -> Result<Outcome<CodeSentView>, Error> {
        let session = self.session(account_id)?;
        let sending = routes::email_set(&request)?;
        let purpose = if request.from.is_none() { Purpose::AddEmail } else { Purpose::ChangeEmail };
        self.send_code(&session, StepUpRequirement { purpose, target: request.address }, sending).await
    }

    /// Sets the e-mail address to the one that the code proves.
    ///
    /// # Errors
    /// `CodeWrong` with the tries that are left, `CodeExpired`, `IdentifierUnavailable` when another user has the
    /// address, `Conflict` when the current one has changed meanwhile, `LastSignInMethod`, and as
    /// [`App::account_refresh`].
    pub async fn email_confirm(
        self: &Arc<Self>,
        account_id: &str,
        request: CodeConfirmRequest,
    ) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        self.account_request(&session, routes::email_confirm(&request)?).await
    }

    /// Removes the e-mail address.
    ///
    /// # Errors
    /// `LastSignInMethod` with the next steps, `Conflict` when the current one is not `from`, `FieldNotEditable`, and
    /// as [`App::account_refresh`].
    pub async fn email_remove(
        self: &Arc<Self>,
        account_id: &str,
        request: EmailRemoveRequest,
    ) -> Result<Outcome<AccountView>, Error> {
        let session = self.session(account_id)?;
        let removing = routes::email_remove(&request)?;
        let requirement = StepUpRequirement { purpose: Purpose::RemoveEmail, target: request.from };
        self.sensitive_account_request(&session, requirement, removing).await
    }

    /// Requests a code for a new phone number.
    ///
    /// # Errors
    /// As [`App::email_set`].
    pub async fn phone_set(
        self: &Arc<Self>,
        account_id: &str,
        request: PhoneSetRequest,
    ) -> Result<Outcome<CodeSentView>, Error> {
        let session = self.session(account_id)?;
        let sending = routes::phone_set(&request)?;
        let purpose = if request.from.is_none() { Purpose::AddPhone } else { Purpose::ChangePhone };
        self.send_code(&session, StepUpRequirement { purpose, target: request.number }, sending).await
    }

    /// Sets the phone number to the one that the code proves.
    ///
    /// # Errors
    /// As [`App::email_confirm`].
    pub async fn phone_confirm(
        self: &Arc<Self>,
        account_id: &str,
        request: CodeConfirmRequest,
    ) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        self.account_request(&session, routes::phone_confirm(&request)?).await
    }

    /// Removes the phone number.
    ///
    /// # Errors
    /// As [`App::email_remove`].
    pub async fn phone_remove(
        self: &Arc<Self>,
        account_id: &str,
        request: PhoneRemoveRequest,
    ) -> Result<Outcome<AccountView>, Error> {
        let session = self.session(account_id)?;
        let removing = routes::phone_remove(&request)?;
        let requirement = StepUpRequirement { purpose: Purpose::RemovePhone, target: request.from };
        self.sensitive_account_request(&session, requirement, removing).await
    }

    /// Sets, changes or removes the user name.
    ///
    /// # Errors
    /// `IdentifierUnavailable` when another user has the name, `InvalidValue` when the tenant's rules refuse it,
    /// `LastSignInMethod` with the next steps, `Conflict`, `RateLimited`, and as [`App::account_refresh`].
    pub async fn username_update(
        self: &Arc<Self>,
        account_id: &str,
        request: UsernameUpdateRequest,
    ) -> Result<Outcome<AccountView>, Error> {
        let session = self.session(account_id)?;
        let requirement = StepUpRequirement { purpose: Purpose::Username, target: String::new() };
        self.sensitive_account_request(&session, requirement, routes::username_update(&request)?).await
    }

    /// Sends the request for a code. The grant belongs to the new address as it was typed. The server compares
    /// addresses in their stored form: here another spelling of the same address needs another proof, although the
    /// server would send a code again without one.
    async fn send_code(
        self: &Arc<Self>,
        session: &Arc<Session>,
        requirement: StepUpRequirement,
        request: Request<CodeSentView>,
    ) -> Result<Outcome<CodeSentView>, Error> {
        match self.sensitive(session, requirement, request).await? {
            Outcome::Done { answer } => Ok(Outcome::Done { answer: backend::presentable_sent(answer) }),
            step_up @ Outcome::StepUp { .. } => Ok(step_up),
        }
    }
}
