//! The identity of a request: its method, path and body, compared without keeping them.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use http::{Method, Uri};
use sha2::{Digest, Sha256};

use crate::store::Sealer;

/// An extension of each request whose token is verified. The body is added when it is read.
#[derive(Clone)]
pub(crate) struct RequestFingerprint(Arc<Parts>);

struct Parts {
    method: Method,
    uri: Uri,
    /// SHA-256; in memory only, since a body may hold a password.
    body: OnceLock<[u8; 32]>,
}

impl RequestFingerprint {
    pub(crate) fn of(request: &Request) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self(Arc::new(Parts { method, uri, body: OnceLock::new() }))
    }

    /// Adds the body.
    pub(crate) fn set_body(&self, body: &[u8]) {
        self.0.body.get_or_init(|| Sha256::digest(body).into());
    }

    /// Returns a digest that is the same for the same request, and that only this server can make.
    pub(crate) fn digest(&self, sealer: &Sealer) -> [u8; 32] {
        let Parts { method, uri, body } = &*self.0;
        sealer.fingerprint(&format!("request\0{method} {}\0{:?}", uri.path(), body.get()))
    }
}
