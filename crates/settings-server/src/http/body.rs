//! Request bodies: JSON of a known shape and of at most 64 KiB, or an error that says which of these failed.

use std::collections::BTreeMap;
use std::mem::discriminant;

use account_api::error::ServerCode;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use futures_util::StreamExt;
use http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::http::request_fingerprint::RequestFingerprint;

/// The largest body that is read.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The body of an edit: an object whose members are `{ "from": …, "to": … }` and nothing else.
pub(crate) struct PatchBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Serialize, S: Sync> FromRequest<S> for PatchBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let body = json_body(request).await?;
        parse(&body).map(Self).ok_or(wrong_shape())
    }
}

/// The body of an operation that is no edit: an object of exactly this shape.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let body = json_body(request).await?;
        // Serde accepts a list for an object, too.
        let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let read = if is_object { serde_json::from_slice(&body).ok() } else { None };
        read.map(Self).ok_or(wrong_shape())
    }
}

/// Returns the bytes of a JSON body.
async fn json_body(request: Request) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if !is_json(request.headers()) {
        return Err(Failure::new(ServerCode::UnsupportedMediaType, "the body must be application/json"));
    }
    let (parts, body) = request.into_parts();
    let body = read(body).await.map(Zeroizing::new)?;
    if let Some(fingerprint) = parts.extensions.get::<RequestFingerprint>() {
        fingerprint.set_body(&body);
    }
    Ok(body)
}

fn wrong_shape() -> Failure {
    Failure::new(ServerCode::InvalidBody, "the body does not match the schema of this operation")
}

/// Reads a body, up to the limit.
pub(crate) async fn read(body: Body) -> Result<Vec<u8>, Failure> {
    let mut chunks = body.into_data_stream();
    let mut read = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Failure::new(ServerCode::InvalidBody, "the body could not be read"))?;
        if read.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

pub(crate) fn too_large() -> Failure {
    Failure::new(ServerCode::BodyTooLarge, "the body is larger than 64 KiB")
}

/// Whether a content type is `application/json`, with no other parameter than a charset of UTF-8, which may be quoted
/// (RFC 9110 §5.6.6, §8.3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence_ok = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = |parameter: &str| {
        let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
        let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
    };
    essence_ok && parts.all(is_utf8)
}

/// Reads an edit. The type refuses unknown and repeated members; that both values of a change are really there is
/// checked here, because to serde an absent `to` and a `null` are the same, and only one of them clears a field. So is
/// the kind of each value: serde accepts a list for an object and an object for a word, too.
fn parse<T: DeserializeOwned + Serialize>(body: &[u8]) -> Option<T> {
    let members: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_slice(body).ok()?;
    let complete = members
        .values()
        .all(|change| change.len() == 2 && change.contains_key("from") && change.contains_key("to"));
    if !complete {
        return None;
    }
    let edits: T = serde_json::from_slice(body).ok()?;
    let read = serde_json::to_value(&edits).ok()?;
    let same_kinds = members.iter().all(|(name, change)| {
        let same = |(side, value): (&String, &Value)| discriminant(value) == discriminant(&read[name][side]);
        change.iter().all(same)
    });
    same_kinds.then_some(edits)
}

#[cfg(test)]
mod tests {
    use account_api::account::{AccountUpdateRequest, ProfileUpdateRequest};
    use proptest::prelude::*;

    use super::parse;

    proptest! {
        #[test]
        fn fuzz_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let edit: Option<AccountUpdateRequest> = parse(&body);
            prop_assert!(edit.is_none() || body.first() == Some(&b'{') || body[0].is_ascii_whitespace(), "not an object");
        }

        #[test]
        fn fuzz_json_like_bodies_never_lose_a_half_change(
            field in "name|avatar|given_name|address|x", key in "from|to|fromm|", text in "\\PC{0,20}"
        ) {
            let body = serde_json::json!({ field: { key: text } }).to_string();
            prop_assert!(parse::<AccountUpdateRequest>(body.as_bytes()).is_none());
            prop_assert!(parse::<ProfileUpdateRequest>(body.as_bytes()).is_none());
        }
    }
}
