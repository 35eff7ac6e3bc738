//! The segment in a path that names something.

use std::convert::Infallible;

use account_api::error::ServerCode;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::error::Failure;

/// Longer ids do not exist in Logto.
const LONGEST: usize = 128;

/// An id of Logto: letters, digits, `-` and `_`. Anything else is the id of nothing.
pub(crate) struct PathId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let nothing =
            Failure::new(ServerCode::SessionNotFound, "the user has no session or grant with this id");
        let Ok(Path(id)) = Path::<String>::from_request_parts(parts, state).await else {
            return Err(nothing);
        };
        let is_id = (1..=LONGEST).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_id { Ok(Self(id)) } else { Err(nothing) }
    }
}

/// Any segment; empty for one that is not UTF-8.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(segment.map(|Path(segment)| segment).unwrap_or_default()))
    }
}
