//! `GET /oidc/session/end` and its confirmation form. Ends the browser session, never a grant.

use super::cookies::{self, SESSION};
use super::error::OidcError;
use super::resume::session_of;
use crate::http::{Reply, Request, escape_html, find};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::session::{AfterLogout, PendingLogout, Session};

/// Returns the page that submits itself to end the session.
pub(crate) fn logout_form(action: &str, xsrf: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"UTF-8\">\n  \
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\">\n  \
         <title>Sign Out</title>\n</head>\n\
         <body onload=\"document.getElementById('op.logoutForm').submit();\">\n  \
         <form id=\"op.logoutForm\" method=\"post\" action=\"{}\">\
         <input type=\"hidden\" name=\"xsrf\" value=\"{xsrf}\"/></form>\n  \
         <input type=\"hidden\" form=\"op.logoutForm\" value=\"yes\" name=\"logout\" />\n</body>\n</html>\n",
        escape_html(action)
    );
    Reply::html(200, page).with("cache-control", "no-store")
}

/// Starts a logout. `post_logout_redirect_uri` must be registered exactly.
pub(crate) fn end_session(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let hinted = match request.query("id_token_hint") {
        Some(token) => match state.keys.verify_signature(token) {
            Ok(claims) => claims.get("aud").and_then(|aud| aud.as_str()).map(str::to_owned),
            Err(_) => return OidcError::bad("invalid_request", "could not decode id_token_hint").reply(),
        },
        None => None,
    };
    let client_id = hinted.or_else(|| request.query("client_id").map(str::to_owned));
    let target = match (request.query("post_logout_redirect_uri"), &client_id) {
        (Some(uri), Some(id)) => {
            let registered = state.clients.get(id).is_some_and(|client| client.allows_post_logout(uri));
            if !registered {
                let text = "post_logout_redirect_uri not registered";
                return OidcError::bad("invalid_request", text).reply();
            }
            Some(with_state(uri, request.query("state")))
        }
        _ => None,
    };
    let xsrf = random::opaque();
    let pending = PendingLogout { xsrf: xsrf.clone(), after: AfterLogout::Redirect(target) };
    let key = session_of(state, request).unwrap_or_else(|| empty_session(state, client_id));
    if let Some(session) = state.sessions.get_mut(&key) {
        session.pending_logout = Some(pending);
    }
    let form = logout_form(&format!("{}/session/end/confirm", state.issuer()), &xsrf);
    cookies::set(state, form, SESSION, &key, "/", 3600)
}

fn with_state(uri: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            format!("{uri}{}state={encoded}", if uri.contains('?') { '&' } else { '?' })
        }
        None => uri.to_owned(),
    }
}

/// Creates a session without a user, which only holds the form's secret.
fn empty_session(state: &mut State, client_id: Option<String>) -> String {
    let key = state.issue_opaque();
    let session = Session {
        uid: random::opaque(),
        jti: key.clone(),
        account_id: None,
        login_ts: 0,
        created_s: state.now_s(),
        expires_ms: state.now_ms() + 3_600_000,
        client_id: client_id.unwrap_or_default(),
        authorizations: std::collections::BTreeMap::new(),
        last_submission: serde_json::Value::Null,
        pending_logout: None,
    };
    state.sessions.insert(key.clone(), session);
    key
}

/// `POST /oidc/session/end/confirm`.
pub(crate) fn confirm(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let form = request.form();
    let key = session_of(state, request);
    let pending = key
        .as_ref()
        .and_then(|key| state.sessions.get_mut(key))
        .and_then(|session| session.pending_logout.take())
        .filter(|pending| find(&form, "xsrf") == Some(pending.xsrf.as_str()));
    let (Some(key), Some(pending)) = (key, pending) else {
        return OidcError::bad("invalid_request", "could not find logout details").reply();
    };
    if find(&form, "logout").is_some() {
        state.sessions.remove(&key);
    }
    let location = match pending.after {
        AfterLogout::Redirect(Some(uri)) => uri,
        AfterLogout::Redirect(None) => format!("{}/session/end/success", state.issuer()),
        AfterLogout::Resume(uid) => format!("{}/auth/{uid}", state.issuer()),
    };
    cookies::clear(Reply::redirect(303, &location), SESSION, "/").with("cache-control", "no-store")
}

/// `GET /oidc/session/end/success`.
pub(crate) fn success(_state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign-out Success</title></head>\
                <body><h1>Sign-out Success</h1></body></html>";
    Reply::html(200, page.to_owned())
}
