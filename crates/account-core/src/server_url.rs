//! The settings server's base URL, in the one spelling that is compared, stored and sent as resource indicator.
//!
//! The rule: https, or http to 127.0.0.1, `[::1]` or localhost; no user name, query or fragment; host in lower case,
//! default port left out, dot segments resolved (as the WHATWG parser does); no `/` at the end. Text without `://` is
//! read as https. Invisible characters at both ends are removed.

use std::fmt;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use url::Url;

use crate::error::Error;
use crate::http;

const LONGEST: usize = 2048;

/// A normalised base URL, e.g. `https://settings.example.com/api`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    text: String,
    parsed: Url,
}

impl ServerUrl {
    /// Parses the text of a user, a command line or a file.
    ///
    /// # Errors
    /// [`Error::ServerUrlInvalid`] when the text breaks the rule above.
    pub(crate) fn parse(raw: &str) -> Result<Self, Error> {
        let raw = raw.trim_matches(is_invisible);
        if raw.len() > LONGEST || raw.chars().any(|character| character.is_control() || character == '\\') {
            return Err(Error::ServerUrlInvalid);
        }
        let with_scheme = if raw.contains("://") { raw.to_owned() } else { format!("https://{raw}") };
        if !names_a_host(&with_scheme) {
            return Err(Error::ServerUrlInvalid);
        }
        let mut parsed = Url::parse(&with_scheme).map_err(|_| Error::ServerUrlInvalid)?;
        if !http::is_allowed(&parsed) || parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(Error::ServerUrlInvalid);
        }
        let path = parsed.path().trim_end_matches('/').to_owned();
        parsed.set_path(&path);
        let text = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { text, parsed })
    }

    /// Returns the normalised text; equal to the resource indicator unless another one is pinned.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the URL is http, which N20 allows on this machine only.
    pub(crate) fn is_insecure(&self) -> bool {
        self.parsed.scheme() == "http"
    }

    /// Returns the URL of a route below the base, e.g. `account/profile`.
    pub(crate) fn route(&self, route: &str) -> Url {
        let mut url = self.parsed.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{route}"));
        url
    }

    /// Returns the URL of the metadata: the well-known part is between host and path (RFC 9728 §3.1).
    pub(crate) fn metadata_url(&self) -> Url {
        let mut url = self.parsed.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("/.well-known/oauth-protected-resource{path}"));
        url
    }
}

/// Whether a character is invisible. Pasted text often has such characters at its ends.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character == '\u{2800}'
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Whether `://` is followed by a host, and its colon, if there is one, by a port. The parser would read
/// `https:///host` as `https://host`, and what was made of `https:/host` as a host named `https`.
fn names_a_host(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| !authority.is_empty() && !authority.ends_with(':'))
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
