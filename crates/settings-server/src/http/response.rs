//! A JSON answer. As axum's, but written into a buffer that need not grow.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

use crate::error::Failure;

/// The initial capacity: most answers fit.
const ROOM: usize = 4 * 1024;

/// The body of an answer; its status is 200 unless another one is returned with it.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(ROOM);
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => {
                let kind = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, kind)], body).into_response()
            }
            Err(_) => Failure::new(account_api::error::ServerCode::Internal, "an answer cannot be written")
                .into_response(),
        }
    }
}
