//! Authentication at the token, introspection and revocation endpoints: Basic, form fields, or a public client's id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;

use super::error::OidcError;
use crate::http::{Request, find};
use crate::state::State;
use crate::state::client::{Client, ClientKind};

/// Finds and authenticates the client.
pub(crate) fn authenticate(
    state: &State,
    request: &Request,
    form: &[(String, String)],
) -> Result<Client, OidcError> {
    let basic = request.header(header::AUTHORIZATION).and_then(decode_basic);
    let used_basic = basic.is_some();
    let (id, secret) = match basic {
        Some((id, secret)) => (id, Some(secret)),
        None => match find(form, "client_id") {
            Some(id) => (id.to_owned(), find(form, "client_secret").map(str::to_owned)),
            None => {
                let text = "no client authentication mechanism provided";
                return Err(OidcError::bad("invalid_request", text));
            }
        },
    };
    // An unknown client is a 400 and a wrong secret a 401: recorded, not chosen.
    let client =
        state.clients.get(&id).ok_or_else(|| OidcError::bad("invalid_client", "client is invalid"))?;
    let is_public = client.kind != ClientKind::MachineToMachine;
    if is_public || secret.is_some_and(|secret| client.has_secret(&secret, state.now_ms())) {
        return Ok(client.clone());
    }
    let challenge = used_basic.then(|| {
        format!(
            "Basic realm=\"{}\", error=\"invalid_client\", error_description=\"client authentication failed\"",
            state.issuer()
        )
    });
    let error = OidcError::bad("invalid_client", "client authentication failed");
    Err(OidcError { status: 401, challenge, ..error })
}

/// Returns client id and secret of an `Authorization` header.
pub(crate) fn decode_basic(value: &str) -> Option<(String, String)> {
    let encoded = value.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        url::form_urlencoded::parse(format!("v={part}").as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}
