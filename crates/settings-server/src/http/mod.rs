//! Requests and answers: routes and their router, the layer around every request, bodies, and the OpenAPI document.

pub(crate) mod actor;
pub(crate) mod body;
pub(crate) mod client_ip;
pub(crate) mod connections;
pub(crate) mod middleware;
pub(crate) mod openapi;
pub(crate) mod path_id;
pub(crate) mod request_fingerprint;
pub(crate) mod response;
pub(crate) mod router;
