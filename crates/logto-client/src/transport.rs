//! HTTP to Logto: the client's limits, and reading a body up to a maximum size.

use std::time::Duration;

use http::HeaderMap;

use crate::error::{Error, RefusedAnswer};

/// Bodies larger than this are refused; Logto itself accepts no larger ones.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The limits of the HTTP client.
#[derive(Clone, Copy, Debug)]
pub struct TransportSettings {
    /// From sending to the last byte of the answer.
    pub request_timeout: Duration,
    /// For a connection, TLS included.
    pub connect_timeout: Duration,
    /// True leaves out the system's proxies: right when Logto is on this machine.
    pub without_proxy: bool,
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            without_proxy: false,
        }
    }
}

/// Creates an HTTP client for Logto: no redirects, TLS 1.2 or newer, timeouts, and idle connections dropped before
/// Logto drops them (Logto 1.42 closes them after 5 s).
///
/// # Errors
/// The error when the system's certificate store cannot be used.
pub fn http_client(settings: TransportSettings) -> Result<reqwest::Client, reqwest::Error> {
    http_client_with(settings, None)
}

/// As [`http_client`], for a server whose certificate may also be from other authorities than the system's, in PEM.
///
/// # Errors
/// As [`http_client`], and when `authorities` cannot be read.
pub fn http_client_with(
    settings: TransportSettings,
    authorities: Option<&str>,
) -> Result<reqwest::Client, reqwest::Error> {
    let further = authorities.map(|pem| reqwest::Certificate::from_pem_bundle(pem.as_bytes())).transpose()?;
    let builder = reqwest::Client::builder()
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(settings.request_timeout)
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(Duration::from_secs(4))
        .min_tls_version(reqwest::tls::Version::TLS_1_2)
        .referer(false)
        .tls_certs_merge(further.unwrap_or_default());
    if settings.without_proxy { builder.no_proxy().build() } else { builder.build() }
}

/// Reads the body of `response`, of at most [`MAX_BODY_BYTES`].
///
/// # Errors
/// [`Error::Unusable`] when it is larger, [`Error::Transport`] when the connection breaks.
pub async fn read_bounded(response: &mut reqwest::Response) -> Result<Vec<u8>, Error> {
    let announced = usize::try_from(response.content_length().unwrap_or_default()).unwrap_or(usize::MAX);
    if announced > MAX_BODY_BYTES {
        return Err(too_large(response));
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large(response));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_large(response: &reqwest::Response) -> Error {
    let logto_request_id = logto_request_id(response.headers());
    Error::Unusable { reason: "the body is larger than 1 MiB", logto_request_id }
}

/// Returns Logto's id of a request, reduced to characters that are harmless in a log.
pub(crate) fn logto_request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("logto-core-request-id")?.to_str().ok()?;
    let id: String = text
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
        .take(64)
        .collect();
    (!id.is_empty()).then_some(id)
}

/// Reduces an answer with a bad status to its code. A body without one (plain text, HTML) is no error here.
pub(crate) fn refused(status: u16, headers: &HeaderMap, body: &[u8]) -> RefusedAnswer {
    #[derive(serde::Deserialize)]
    struct Body {
        code: Option<String>,
        error: Option<String>,
    }
    let code = serde_json::from_slice::<Body>(body)
        .ok()
        .and_then(|body| body.code.or(body.error))
        .filter(|code| is_code(code));
    let retry_after = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse::<u32>().ok())
        .map(|seconds| Duration::from_secs(seconds.into()));
    RefusedAnswer { status, code, logto_request_id: logto_request_id(headers), retry_after }
}

/// Whether a text looks like one of Logto's codes; anything else could be a message with personal data.
fn is_code(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-'))
}
