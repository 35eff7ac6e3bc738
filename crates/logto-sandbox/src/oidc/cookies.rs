//! Signed cookies: `name=value` and `name.sig`, http-only and SameSite=Lax.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::{Reply, Request};
use crate::state::State;

/// The browser session.
pub(crate) const SESSION: &str = "_session";
/// The interaction under way.
pub(crate) const INTERACTION: &str = "_interaction";
/// The interaction that may be resumed.
pub(crate) const RESUME: &str = "_interaction_resume";

fn signature(state: &State, name: &str, value: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &state.cookie_key);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("{name}={value}").as_bytes()).as_ref())
}

/// Returns the cookie's value, if its signature is ours.
pub(crate) fn read(state: &State, request: &Request, name: &str) -> Option<String> {
    let value = request.cookie(name)?;
    let sent = request.cookie(&format!("{name}.sig"))?;
    (sent == signature(state, name, value)).then(|| value.to_owned())
}

/// Sets a cookie for `path`, for `max_age_s` seconds.
pub(crate) fn set(state: &State, reply: Reply, name: &str, value: &str, path: &str, max_age_s: u64) -> Reply {
    let attributes = format!("path={path}; max-age={max_age_s}; samesite=lax; httponly");
    let sig = signature(state, name, value);
    reply
        .with("set-cookie", &format!("{name}={value}; {attributes}"))
        .with("set-cookie", &format!("{name}.sig={sig}; {attributes}"))
}

/// Removes a cookie.
pub(crate) fn clear(reply: Reply, name: &str, path: &str) -> Reply {
    let attributes = format!("path={path}; max-age=0; samesite=lax; httponly");
    reply
        .with("set-cookie", &format!("{name}=; {attributes}"))
        .with("set-cookie", &format!("{name}.sig=; {attributes}"))
}
