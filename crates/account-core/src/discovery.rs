//! The metadata of the settings server, and whether it can be trusted (decision 1, RFC 9728).
//!
//! The metadata must name exactly the URL that the app was given: otherwise a hostile server could name the issuer
//! and resource of another one and be sent a token that is valid there.

use account_api::metadata::{Branding, ProtectedResourceMetadata};
use http::{Method, StatusCode, header};
use url::Url;

use crate::error::Error;
use crate::http::{self as transport, Http, HttpError};
use crate::server_url::ServerUrl;

const API_VERSION: u32 = 1;
const LONGEST_NAME: usize = 128;

/// A settings server that is trusted.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// The resource indicator: the server's URL, or the pinned one.
    pub(crate) resource: String,
    /// The issuer.
    pub(crate) issuer: String,
    /// The client id of the Native application in Logto.
    pub(crate) client_id: String,
    /// The organisation's name.
    pub(crate) name: Option<String>,
    /// Colours and logo; well-formed values only.
    pub(crate) branding: Branding,
}

/// Fetches and checks the metadata.
///
/// # Errors
/// `Offline`, `Connection`, `ServerNotTrusted` (redirect, other resource), `ServerNotLatchkey` (anything else that is not the
/// metadata of a settings server).
pub(crate) async fn discover(http: &Http, url: &ServerUrl, pinned: Option<&str>) -> Result<Server, Error> {
    let request = http
        .request(Method::GET, &url.metadata_url())
        .map_err(failure)?
        .header(header::ACCEPT, "application/json");
    let answer = http.send(request).await.map_err(failure)?;
    match answer.status {
        StatusCode::OK => {}
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Err(Error::Offline);
        }
        _ => return Err(Error::ServerNotLatchkey),
    }
    let metadata: ProtectedResourceMetadata =
        serde_json::from_slice(&answer.body).map_err(|_| Error::ServerNotLatchkey)?;
    check(metadata, pinned.unwrap_or(url.as_str()))
}

fn failure(error: HttpError) -> Error {
    match error {
        HttpError::Redirected => Error::ServerNotTrusted,
        HttpError::TooLarge => Error::ServerNotLatchkey,
        HttpError::UrlRefused => Error::ServerUrlInvalid,
        HttpError::Unreachable | HttpError::TimedOut | HttpError::AnswerLost | HttpError::Unavailable => {
            Error::Offline
        }
        HttpError::Connection(problem) => Error::Connection(problem),
    }
}

fn check(metadata: ProtectedResourceMetadata, expected_resource: &str) -> Result<Server, Error> {
    if metadata.resource != expected_resource {
        tracing::warn!(
            given = expected_resource,
            named = %metadata.resource.escape_debug(),
            "settings server: names another resource (compare its public URL with the configured one)"
        );
        return Err(Error::ServerNotTrusted);
    }
    let [issuer] = metadata.authorization_servers.as_slice() else {
        return Err(Error::ServerNotTrusted);
    };
    if !is_issuer(issuer) {
        return Err(Error::IssuerNotTrusted);
    }
    let ours = metadata.latchkey;
    if ours.api_version != API_VERSION || !is_client_id(&ours.client_id) {
        return Err(Error::ServerNotLatchkey);
    }
    Ok(Server {
        resource: metadata.resource,
        issuer: issuer.clone(),
        client_id: ours.client_id,
        name: metadata.resource_name.and_then(|name| displayable(&name)),
        branding: well_formed(ours.branding),
    })
}

/// Whether the text is an issuer: https, or http on this machine, without query and fragment (OpenID Connect
/// Discovery §3).
fn is_issuer(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| transport::is_allowed(&url) && url.query().is_none() && url.fragment().is_none())
}

fn is_client_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns a name that is safe to show: at most 128 characters, without control characters.
pub(crate) fn displayable(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Removes every colour that is not `#rrggbb` and every logo that is not https.
pub(crate) fn well_formed(branding: Branding) -> Branding {
    let colour = |text: Option<String>| {
        text.filter(|text| {
            text.strip_prefix('#').is_some_and(|digits| {
                digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
            })
        })
    };
    let logo = |text: Option<String>| {
        text.filter(|text| text.len() <= 2048 && Url::parse(text).is_ok_and(|url| url.scheme() == "https"))
    };
    Branding {
        primary_color: colour(branding.primary_color),
        dark_primary_color: colour(branding.dark_primary_color),
        logo_url: logo(branding.logo_url),
        dark_logo_url: logo(branding.dark_logo_url),
    }
}
