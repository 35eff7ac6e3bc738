//! A request to the settings server: what is sent, and the type of the answer.

use std::marker::PhantomData;

use http::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::operations::Fingerprint;

/// The effect of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// None: it can be sent again at any time.
    Read,
    /// A change of the account: an operation with an idempotency key.
    Write,
    /// A proof, or a request for one. The server never accepts the same one twice, so it needs no key.
    Proof,
}

/// A request whose answer is an `A`. Has no `Debug`: its body may hold a password.
pub(crate) struct Request<A> {
    kind: Kind,
    method: Method,
    route: String,
    body: Option<Zeroizing<Vec<u8>>>,
    answer: PhantomData<fn() -> A>,
}

impl<A> Request<A> {
    /// Creates a `GET` request.
    pub(crate) fn read(route: &str) -> Self {
        Self::new(Kind::Read, Method::GET, route.to_owned(), None)
    }

    /// Creates a change without a body.
    pub(crate) fn delete(route: String) -> Self {
        Self::new(Kind::Write, Method::DELETE, route, None)
    }

    /// Creates a change.
    ///
    /// # Errors
    /// `Internal` when the body cannot be serialised, which holds for none of the contract.
    pub(crate) fn write(method: Method, route: &str, body: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::new(Kind::Write, method, route.to_owned(), Some(json(body)?)))
    }

    /// Creates a proof, or a request for one.
    ///
    /// # Errors
    /// As [`Request::write`].
    pub(crate) fn proof(route: &str, body: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::new(Kind::Proof, Method::POST, route.to_owned(), Some(json(body)?)))
    }

    fn new(kind: Kind, method: Method, route: String, body: Option<Zeroizing<Vec<u8>>>) -> Self {
        Self { kind, method, route, body, answer: PhantomData }
    }

    /// Whether sending it twice is the same as sending it once.
    pub(crate) fn is_read(&self) -> bool {
        self.kind == Kind::Read
    }

    /// Returns the fingerprint by which a repetition is the same operation, if the request is one.
    pub(crate) fn operation(&self) -> Option<Fingerprint> {
        let body = self.body.as_ref().map_or(&[][..], |body| body.as_slice());
        (self.kind == Kind::Write)
            .then(|| Fingerprint::of([self.method.as_str().as_bytes(), self.route.as_bytes(), body]))
    }

    /// Returns the method.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the route below the server's base. Values from outside are percent-encoded in it.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    /// Returns the JSON body.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }
}

fn json(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Error> {
    serde_json::to_vec(body).map(Zeroizing::new).map_err(|_| Error::Internal("a body that is no JSON"))
}
