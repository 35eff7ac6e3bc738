//! `/.well-known/oauth-protected-resource{base path}`

pub(crate) mod read;
