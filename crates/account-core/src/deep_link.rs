//! Links with the private scheme, and program arguments: input from anyone, web pages included (N9).
//!
//! Only what is listed is accepted: one scheme, four hosts, the pages of [`Page`], named parameters. Scheme and host
//! are compared without case (RFC 3986 §3.1, §3.2.2), everything after them exactly. A link can show a page; it starts
//! and ends nothing. What comes back from a provider finishes a link only if the app has begun it and is waiting.

use account_api::app::Page;
use secrecy::SecretString;

use crate::error::Error;
use crate::social_link::ReturnedLink;

/// The longest link that is accepted. A provider's answer is in none: it stays on the settings server.
const LONGEST: usize = 2048;
/// The parameters of an authorization response.
const CALLBACK_PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// The target of a link.
pub(crate) enum Link {
    /// `<scheme>://open/<page>`
    Open(Page),
    /// `<scheme>://signed-out`: the browser's session has ended.
    SignedOut,
    /// `<scheme>://social?state=…&handle=…`: the browser came back from a provider.
    SocialReturn(ReturnedLink),
    /// `<scheme>://callback?…`: an authorization response, which this app never has sent to its scheme.
    SignInAnswer,
}

/// Parses a link.
///
/// # Errors
/// [`Error::LinkNotAllowed`] for everything that is not listed.
pub(crate) fn parse(raw: &str, scheme: &str) -> Result<Link, Error> {
    let refused = Err(Error::LinkNotAllowed);
    if raw.len() > LONGEST || !raw.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refused;
    }
    let Some((given, rest)) = raw.split_once("://") else { return refused };
    if !given.eq_ignore_ascii_case(scheme) {
        return refused;
    }
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let (host, path) = match place.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        None => (place, None),
    };
    let host = host.to_ascii_lowercase();
    if rest.contains(['#', '\\', '@', ':']) && host != "callback" {
        return refused;
    }
    match (host.as_str(), path, query) {
        ("open", Some("overview"), None) => Ok(Link::Open(Page::Overview)),
        ("open", Some("profile"), None) => Ok(Link::Open(Page::Profile)),
        ("open", Some("security"), None) => Ok(Link::Open(Page::Security)),
        ("open", Some("devices"), None) => Ok(Link::Open(Page::Devices)),
        ("open", Some("linked"), None) => Ok(Link::Open(Page::Linked)),
        ("open", Some("settings"), None) => Ok(Link::Open(Page::Settings)),
        ("signed-out", None, query) if has_only(query, &["state"]) => Ok(Link::SignedOut),
        ("social", None, query) => returned(query).map(Link::SocialReturn).ok_or(Error::LinkNotAllowed),
        ("callback", None, query) if has_only(query, &CALLBACK_PARAMETERS) => Ok(Link::SignInAnswer),
        _ => refused,
    }
}

/// Reads the two secrets of a return, each once and nothing else.
fn returned(query: Option<&str>) -> Option<ReturnedLink> {
    if !has_only(query, &["state", "handle"]) {
        return None;
    }
    let value = |wanted: &str| {
        let (_, value) =
            url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name.as_ref() == wanted)?;
        is_secret(&value).then(|| SecretString::from(value.as_ref()))
    };
    Some(ReturnedLink { state: value("state")?, handle: value("handle")? })
}

/// Whether a text has the shape of a secret of the settings server: base64url of 32 bytes.
fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn has_only(query: Option<&str>, allowed: &[&str]) -> bool {
    let mut seen = Vec::new();
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).all(|(name, _)| {
        let fine = allowed.contains(&name.as_ref()) && !seen.contains(&name);
        seen.push(name);
        fine
    })
}
