//! The sign-in page: one static form that calls the Experience API, with the field names of Logto's own page.

use crate::http::{Reply, Request, escape_html};
use crate::router::Params;
use crate::state::State;

const PAGE: &str = include_str!("sign-in.html");

/// `GET /sign-in` and `GET /register`.
pub(crate) fn sign_in(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let language = request.query("ui_locales").filter(|value| value.starts_with("de")).map_or("en", |_| "de");
    let (title, lead, identifier, password, totp, submit, cancel) = if language == "de" {
        (
            "Anmelden",
            "Weiter zu",
            "Benutzername, E-Mail oder Telefonnummer",
            "Passwort",
            "Code aus der Authenticator-App",
            "Anmelden",
            "Abbrechen",
        )
    } else {
        (
            "Sign in",
            "Continue to",
            "Username, e-mail or phone number",
            "Password",
            "Code from your authenticator app",
            "Sign in",
            "Cancel",
        )
    };
    let hint = request.query("login_hint").unwrap_or_default();
    let application = request
        .query("app_id")
        .and_then(|id| state.clients.get(id))
        .map_or_else(|| "application".to_owned(), |client| client.name.clone());
    let page = PAGE
        .replace("{{language}}", language)
        .replace("{{color}}", &escape_html(&safe_color(state.settings.brand_color())))
        .replace("{{title}}", title)
        .replace("{{lead}}", lead)
        .replace("{{application}}", &escape_html(&application))
        .replace("{{identifier_label}}", identifier)
        .replace("{{password_label}}", password)
        .replace("{{totp_label}}", totp)
        .replace("{{submit}}", submit)
        .replace("{{cancel}}", cancel)
        .replace("{{hint}}", &escape_html(hint));
    Reply::html(200, page).with("cache-control", "no-store")
}

/// Returns a colour that may be in a style sheet: `#` and hexadecimal digits only.
fn safe_color(text: &str) -> String {
    let digits = text.strip_prefix('#').unwrap_or_default();
    let is_color =
        matches!(digits.len(), 3 | 6) && digits.chars().all(|character| character.is_ascii_hexdigit());
    if is_color { text.to_owned() } else { "#1F6F5C".to_owned() }
}

/// `GET /unknown-session`: where Logto sends a browser that has no interaction.
pub(crate) fn unknown_session(_state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Session not found</title>\
                </head><body><h1>Session not found</h1><p>Go back to the app and sign in again.</p></body></html>";
    Reply::html(200, page.to_owned())
}
