//! One request to the settings server: what is sent, and the type of what comes back.

use std::marker::PhantomData;

use http::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::operations::Fingerprint;

/// What sending it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing: it can be sent again at will.
    Read,
    /// It changes the account: it is an operation with a name.
    Write,
    /// It carries a proof, or asks for one. The server never takes the same one twice, so it is no operation.
    Proof,
}

/// A request whose answer is an `A`. It does not print: its body may hold a password.
pub(crate) struct Request<A> {
    kind: Kind,
    method: Method,
    route: String,
    body: Option<Zeroizing<Vec<u8>>>,
    answer: PhantomData<fn() -> A>,
}

impl<A> Request<A> {
    /// `GET`
    pub(crate) fn read(route: &str) -> Self {
        Self::new(Kind::Read, Method::GET, route.to_owned(), None)
    }

    /// A change without a body.
    pub(crate) fn delete(route: String) -> Self {
        Self::new(Kind::Write, Method::DELETE, route, None)
    }

    /// A change.
    ///
    /// # Errors
    /// `Internal` for a body that is no JSON, which none of the contract is.
    pub(crate) fn write(method: Method, route: &str, body: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::new(Kind::Write, method, route.to_owned(), Some(json(body)?)))
    }

    /// A proof, or a step towards one.
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

    /// What makes a repetition of it the same operation, if it is one.
    pub(crate) fn operation(&self) -> Option<Fingerprint> {
        let body = self.body.as_ref().map_or(&[][..], |body| body.as_slice());
        (self.kind == Kind::Write)
            .then(|| Fingerprint::of([self.method.as_str().as_bytes(), self.route.as_bytes(), body]))
    }

    /// The method.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// The route below the server's base; what came from outside is encoded in it.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    /// The body, JSON.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }
}

fn json(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Error> {
    serde_json::to_vec(body).map(Zeroizing::new).map_err(|_| Error::Internal("a body that is no JSON"))
}
