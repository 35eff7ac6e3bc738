//! Identifiers and password: e-mail, phone, user name, and the last sign-in method. By keyboard; each end state is
//! read from Logto.

use e2e::logto::Logto;
use e2e::outbox::Outbox;
use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::steps;

/// A new e-mail address is set after a proof and the code that was sent to it; a wrong code changes nothing, and
/// afterwards everything else can be signed out.
pub(crate) async fn b11_an_email_is_changed_after_a_proof_and_its_code(session: &Session) -> Outcome {
    const NEW: &str = "New.Alice@example.test";
    let logto = Logto::connect(session.config.target()?).await?;
    let outbox = Outbox::watch(&logto, NEW).await?;
    let window = security(session).await?;
    let before = text_of(&logto.user().await?, "primaryEmail");
    window.activate("change-email").await?;
    window.fill("input-email", NEW).await?;
    window.activate("address-send").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("input-code").await?;
    ensure(text_of(&logto.user().await?, "primaryEmail") == before, "it was changed before it was proven")?;

    let code = outbox.code().await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    window.tab_to("input-code").await?;
    window.type_text(wrong).await?;
    window.wait_for_code("address-error", "code_wrong").await?;
    ensure(text_of(&logto.user().await?, "primaryEmail") == before, "a wrong code changed the address")?;

    window.fill("input-code", &code).await?;
    window.wait_for("security-result").await?;
    window.wait_for_text("value-email", "New.Alice@example.test").await?;
    let now = text_of(&logto.user().await?, "primaryEmail");
    ensure(now.eq_ignore_ascii_case(NEW), format!("Logto has the address {now}"))?;

    window.activate("everywhere-else").await?;
    window.wait_for("everywhere-else-found").await.map(drop)
}

/// An address that is taken is reported only after its code was proven, and nothing changes.
pub(crate) async fn b34_a_taken_address_is_returned_after_its_code(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let taken = "taken@example.test";
    let outbox = Outbox::watch(&logto, taken).await?;
    let window = security(session).await?;
    let before = text_of(&logto.user().await?, "primaryEmail");
    let other = json!({ "username": "taken_by_another", "primaryEmail": taken });
    session.remove_user_afterwards(&logto.ask(Method::POST, "/users", Some(other)).await?);
    window.activate("change-email").await?;
    window.fill("input-email", taken).await?;
    window.activate("address-send").await?;
    steps::prove_by_password(session, &window).await?;
    steps::enter_code(&outbox, &window).await?;
    let words = window.wait_for("invalid").await?.text().await?;
    ensure(words.contains(taken) && words.contains("cannot be used"), format!("it says `{words}`"))?;
    ensure(text_of(&logto.user().await?, "primaryEmail") == before, "the address was changed")
}

/// A phone number is changed, and removed again after the dialog says what it is used for.
pub(crate) async fn a_phone_number_is_changed_and_removed(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let outbox = Outbox::watch(&logto, "431234567").await?;
    let window = security(session).await?;
    window.activate("change-phone").await?;
    window.fill("input-phone", "+43 1 234567").await?;
    window.activate("address-send").await?;
    steps::prove_by_password(session, &window).await?;
    steps::enter_code(&outbox, &window).await?;
    window.wait_for("security-result").await?;
    let now = text_of(&logto.user().await?, "primaryPhone");
    ensure(now == "431234567", format!("Logto has the number {now}"))?;

    window.activate("remove-phone").await?;
    window.activate("removal-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_until_gone("dialog").await?;
    ensure(logto.user().await?["primaryPhone"].is_null(), "Logto still has the number")
}

/// A user name is changed; one that the policy refuses is reported in place and stays in the input.
pub(crate) async fn a_user_name_is_changed(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = security(session).await?;
    let id = text_of(&logto.user().await?, "id");
    window.activate("change-username").await?;
    window.fill("input-username", "1 no name").await?;
    window.activate("username-save").await?;
    window.wait_for("invalid").await?;
    window.fill("input-username", "alice_renamed").await?;
    window.activate("username-save").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for_text("value-username", "alice_renamed").await?;
    let user = logto.ask(Method::GET, &format!("/users/{id}"), None).await?;
    ensure(text_of(&user, "username") == "alice_renamed", "Logto has another user name")
}

/// The password is changed: issues are shown, the input survives the proof, and afterwards the new password signs in.
pub(crate) async fn b15_the_password_is_changed(session: &Session) -> Outcome {
    const NEW: &str = "Test-only-Granite-Teapot-58";
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let window = security(session).await?;
    window.activate("change-password").await?;
    window.fill("input-new-password", &target.password).await?;
    window.activate("password-save").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("invalid").await?;
    window.fill("input-new-password", NEW).await?;
    window.activate("password-save").await?;
    window.wait_for("security-result").await?;
    let id = text_of(&logto.user().await?, "id");
    let check = |password: &str| json!({ "password": password });
    let path = format!("/users/{id}/password/verify");
    logto.ask(Method::POST, &path, Some(check(NEW))).await?;
    ensure(
        logto.ask(Method::POST, &path, Some(check(&target.password))).await.is_err(),
        "the old password still signs in",
    )
}

/// The last sign-in method stays: the error says what to do first, and the step that it offers opens the right
/// dialog.
pub(crate) async fn b17_the_last_sign_in_method_stays(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let window = security(session).await?;
    window.close(session).await?;
    let window = refused_the_last_way(session, &logto).await?;
    let user = logto.user_called(&target.username).await?;
    ensure(text_of(&user, "username") == target.username, "the last way in is gone")?;
    window.activate("next-add_email").await?;
    window.wait_for("input-email").await.map(drop)
}

/// Opens the window of a signed-in user who tries to remove the last sign-in method, and is refused.
pub(crate) async fn refused_the_last_way(session: &Session, logto: &Logto) -> Outcome<Window> {
    // Password and user name are what is left.
    logto.change_user(json!({ "primaryEmail": null, "primaryPhone": null })).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    steps::go_to(&window, "security").await?;
    window.wait_for_text("value-email", "Not set").await?;
    window.activate("remove-username").await?;
    window.activate("removal-confirm").await?;
    window.wait_for("last-way").await?;
    Ok(window)
}

/// Signs in and opens the page Security.
async fn security(session: &Session) -> Outcome<Window> {
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "security").await?;
    Ok(window)
}

fn text_of(user: &Value, field: &str) -> String {
    user[field].as_str().unwrap_or_default().to_owned()
}
