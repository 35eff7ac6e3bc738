//! What a request asks for: its method, its path and its body, told apart without keeping them.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use http::{Method, Uri};
use sha2::{Digest, Sha256};

use crate::store::Sealer;

/// Stands beside a request from the moment its token is verified; its body is noted when it is read.
#[derive(Clone)]
pub(crate) struct Asked(Arc<Parts>);

struct Parts {
    method: Method,
    uri: Uri,
    /// SHA-256; in memory only, since a body may hold a password.
    body: OnceLock<[u8; 32]>,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self(Arc::new(Parts { method, uri, body: OnceLock::new() }))
    }

    /// Notes the body. A request has one.
    pub(crate) fn note_body(&self, body: &[u8]) {
        self.0.body.get_or_init(|| Sha256::digest(body).into());
    }

    /// The same for the same request, and with this server's keys alone.
    pub(crate) fn fingerprint(&self, sealer: &Sealer) -> [u8; 32] {
        let Parts { method, uri, body } = &*self.0;
        sealer.fingerprint(&format!("request\0{method} {}\0{:?}", uri.path(), body.get()))
    }
}
