//! Links with the private scheme, and program arguments: input from anyone, web pages included (N9).
//!
//! Only what is listed is accepted: one scheme, four hosts, the pages of [`Page`], named parameters. Scheme and host
//! are compared without case (RFC 3986 §3.1, §3.2.2), everything after them exactly. A link can show a page; it starts
//! and ends nothing. What comes back from a provider finishes a link only if the app has begun it and is waiting for an
//! answer that comes this way.

use account_api::app::Page;
use account_api::secret::SecretText;
use account_api::social::SocialLinkAnswer;
use secrecy::SecretString;

use crate::error::Error;
use crate::social_link::ReturnedLink;

/// The longest link that is accepted.
const LONGEST: usize = 2048;
/// The longest link with a provider's own answer: codes over 2 KiB exist.
const LONGEST_ANSWER: usize = 8 * 1024;
/// The longest id of a connector.
const LONGEST_CONNECTOR: usize = 64;
/// The parameters of an authorization response.
const CALLBACK_PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// The parameters of providers' answers (RFC 6749 §4.1.2, and what providers add).
const PROVIDER_PARAMETERS: [&str; 17] = [
    "code",
    "auth_code",
    "state",
    "error",
    "error_description",
    "error_uri",
    "error_reason",
    "error_code",
    "iss",
    "scope",
    "session_state",
    "authuser",
    "hd",
    "prompt",
    "app_id",
    "client_info",
    "source",
];
/// What providers call the user's own refusal.
const DECLINED: [&str; 4] =
    ["access_denied", "user_cancelled_authorize", "user_cancelled_login", "user_denied"];

/// The target of a link.
pub(crate) enum Link {
    /// `<scheme>://open/<page>`
    Open(Page),
    /// `<scheme>://signed-out`: the browser's session has ended.
    SignedOut,
    /// `<scheme>://social?state=…&handle=…`: the browser came back from a provider to the settings server.
    /// `<scheme>://social/<connector>?state=…&code=…`: it came back from a provider to this app.
    SocialReturn(ReturnedLink),
    /// `<scheme>://callback?…`: an authorization response. Its query is not read here.
    SignInAnswer(SecretString),
}

/// Parses a link.
///
/// # Errors
/// [`Error::LinkNotAllowed`] for everything that is not listed.
pub(crate) fn parse(raw: &str, scheme: &str) -> Result<Link, Error> {
    let refused = Err(Error::LinkNotAllowed);
    if raw.len() > LONGEST_ANSWER || !raw.bytes().all(|byte| byte.is_ascii_graphic()) {
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
    let is_providers = host == "social" && path.is_some();
    if raw.len() > LONGEST && !is_providers {
        return refused;
    }
    let odd = ['#', '\\', '@', ':'];
    let is_answer = is_providers || host == "callback";
    if place.contains(odd) || (!is_answer && rest.contains(odd)) {
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
        ("social", None, query) => {
            returned(scheme, query).map(Link::SocialReturn).ok_or(Error::LinkNotAllowed)
        }
        ("social", Some(connector), query) => {
            answered(scheme, connector, query).map(Link::SocialReturn).ok_or(Error::LinkNotAllowed)
        }
        ("callback", None, query) if has_only(query, &CALLBACK_PARAMETERS) => {
            Ok(Link::SignInAnswer(SecretString::from(query.unwrap_or_default())))
        }
        _ => refused,
    }
}

/// Reads the two secrets of a return, each once and nothing else.
fn returned(scheme: &str, query: Option<&str>) -> Option<ReturnedLink> {
    if !has_only(query, &["state", "handle"]) {
        return None;
    }
    let secret = |name: &str| value(query, name).filter(|text| is_secret(text));
    let answer = SocialLinkAnswer::Handle(SecretText::new(secret("handle")?));
    Some(ReturnedLink { place: format!("{scheme}://social"), state: secret("state")?.into(), answer })
}

/// Reads the answer of a provider: listed parameters, each once.
fn answered(scheme: &str, connector: &str, query: Option<&str>) -> Option<ReturnedLink> {
    // Facebook's answers end with `#_=_`.
    let query = query.and_then(|query| query.split('#').next());
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_connector = (1..=LONGEST_CONNECTOR).contains(&connector.len()) && connector.bytes().all(is_id);
    if !is_connector || !has_only(query, &PROVIDER_PARAMETERS) {
        return None;
    }
    let state = value(query, "state").filter(|text| is_secret(text)).map(SecretString::from)?;
    let given = |name: &str| value(query, name).filter(|text| !text.is_empty());
    let answer = match (given("code"), given("auth_code"), given("error")) {
        (Some(code), None, None) | (None, Some(code), None) => SocialLinkAnswer::Code(SecretText::new(code)),
        (None, None, Some(error)) if DECLINED.contains(&error.as_str()) => SocialLinkAnswer::Declined,
        _ => SocialLinkAnswer::Failed,
    };
    Some(ReturnedLink { place: format!("{scheme}://social/{connector}"), state, answer })
}

/// Returns the value of a parameter.
fn value(query: Option<&str>, wanted: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
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
