//! The server's public base URL, which is also its resource indicator: compared as text, so there is one
//! spelling only.

use std::fmt;

use url::Url;

/// `scheme://host[:port][/path]`, without a trailing slash, query, fragment or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    path: String,
}

impl PublicUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// A sentence for the operator: not a URL, not https (http only on this machine), or not in the one spelling
    /// that a resource indicator may have.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "not a URL")?;
        check_transport(&url)?;
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/').to_owned();
        if format!("{origin}{path}") != text {
            return Err(
                "must be spelled scheme://host[:port][/path]: lower case, no default port, no trailing \
                        slash, no query, no fragment, no user",
            );
        }
        if path.split('/').any(|segment| segment.starts_with([':', '*', '{'])) {
            return Err("must have no path segment that begins with a colon, an asterisk or a brace");
        }
        Ok(Self { origin, path })
    }

    /// Returns `http://127.0.0.1:{port}{path}`.
    pub(crate) fn loopback(port: u16, path: &str) -> Self {
        Self { origin: format!("http://127.0.0.1:{port}"), path: path.to_owned() }
    }

    /// Returns the same URL with the port that was really bound, when it was given as 0.
    pub(crate) fn with_bound_port(self, port: u16) -> Self {
        match self.origin.strip_suffix(":0") {
            Some(host) => Self { origin: format!("{host}:{port}"), path: self.path },
            None => self,
        }
    }

    /// Returns scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the host in the syntax of mails (RFC 5321 §4.1.3).
    pub(crate) fn mail_host(&self) -> String {
        let url = Url::parse(&self.origin).ok();
        match url.as_ref().and_then(Url::host) {
            Some(url::Host::Domain(name)) => name.to_owned(),
            Some(url::Host::Ipv4(address)) => format!("[{address}]"),
            Some(url::Host::Ipv6(address)) => format!("[IPv6:{address}]"),
            None => "localhost".to_owned(),
        }
    }

    /// Returns the path, empty or beginning with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the path of the metadata, below the origin (RFC 9728 §3.1).
    pub fn metadata_path(&self) -> String {
        format!("/.well-known/oauth-protected-resource{}", self.path)
    }

    /// Returns the URL of the metadata.
    pub fn metadata_url(&self) -> String {
        format!("{}{}", self.origin, self.metadata_path())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.origin, self.path)
    }
}

/// Refuses http to any host but this machine (N20), and schemes that are neither.
pub(crate) fn check_transport(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("must be https (http is accepted only for 127.0.0.1, [::1] and localhost)"),
        _ => Err("must be an https URL"),
    }
}

/// Whether a URL's host is this machine by name.
pub(crate) fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
}
