//! One request and one answer as the handlers see them: bytes are read before and written after, so that handlers are
//! plain functions over the state. Does no I/O.

use std::net::SocketAddr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::Value;

/// A request whose body has been read.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) peer: Option<SocketAddr>,
}

impl Request {
    /// Splits a path with query into a request without body.
    pub(crate) fn new(method: Method, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method,
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: None,
        }
    }

    /// Returns the first query parameter of that name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// Returns a header as text.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns a cookie of the request.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Returns the form fields of the body; a JSON object is read as fields as well, as Logto does.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let is_json = self.header(header::CONTENT_TYPE).is_some_and(|kind| kind.contains("json"));
        if !is_json {
            return url::form_urlencoded::parse(&self.body).into_owned().collect();
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice(&self.body) else { return Vec::new() };
        fields.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
    }
}

/// Finds the first value of a name in decoded form or query fields.
pub(crate) fn find<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
}

/// An answer before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Returns an answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Returns a JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// Returns a text answer, such as the router's own `Not Found`.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body.as_bytes().to_vec())
    }

    /// Returns a page.
    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::typed(status, "text/html; charset=utf-8", body.into_bytes())
    }

    /// Returns an answer of any media type.
    pub(crate) fn typed(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    /// Returns a redirect with the small page that Koa writes for it.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        let page = format!("Redirecting to {}.", escape_html(location));
        Self::html(status, page).with("location", location)
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the first header of that (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Adds the strong ETag that Koa computes and turns a fresh GET into 304.
    pub(crate) fn conditional(self, request: &Request) -> Self {
        if self.body.is_empty() || self.header("etag").is_some() {
            return self;
        }
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.body);
        let tag = format!("\"{:x}-{}\"", self.body.len(), STANDARD_NO_PAD.encode(hash.as_ref()));
        let fresh = matches!(request.method, Method::GET | Method::HEAD)
            && self.status == 200
            && request.header(header::IF_NONE_MATCH).is_some_and(|sent| {
                sent.split(',').any(|etag| etag.trim().trim_start_matches("W/") == tag || etag.trim() == "*")
            });
        if fresh {
            let headers = self.headers.into_iter().filter(|(name, _)| name != "content-type").collect();
            return Self { status: 304, headers, body: Vec::new() }.with("etag", &tag);
        }
        self.with("etag", &tag)
    }
}

/// Returns the text that [`escape_html`] escaped.
pub(crate) fn unescape_html(text: &str) -> String {
    text.replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

/// Escapes text for HTML content and quoted attributes.
pub(crate) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
