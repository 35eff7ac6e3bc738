//! The layer around every route, and around unknown routes: everything that holds for every request (B32, B33, B38,
//! B40).
//!
//! It adds a request id and one log line, refuses browser pages of other origins and bodies above the limit, checks
//! the scopes of the route, ends whatever takes too long, finds the address that a request comes from, turns a panic
//! into an answer, gives error bodies one shape, and adds the headers that keep answers out of caches.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use account_api::error::{ApiError, Detail, ServerCode};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;
use tracing::Instrument;

use crate::error::{Challenge, Failure};
use crate::http::body::{MAX_BODY_BYTES, too_large};
use crate::http::client_ip;
use crate::http::response::Json;
use crate::http::router::{Guard, Scope};
use crate::state::AppState;
use crate::telemetry::metrics;

/// The id under which a request is logged, as an extension of the request.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Runs a request through the layer that the module describes.
pub(crate) async fn handle_request(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let state = Arc::clone(&guard.state);
    client_ip::note(&mut request, &state.config.listen.trusted_proxies);
    let request_id = state.request_ids.next();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let span = tracing::info_span!(
        "request",
        request_id = request_id.as_str(),
        logto_core_request_id = tracing::field::Empty
    );
    let started = Instant::now();
    let method = request.method().clone();
    // The template, never the path itself: an unknown path is foreign text.
    let route = request.extensions().get::<MatchedPath>().cloned();
    async move {
        let response = guarded(&guard, request, next).await;
        let answers = guard.answers.as_deref();
        let response = finish(&state, response, answers, &request_id);
        let status = response.status().as_u16();
        let elapsed = started.elapsed();
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        state.metrics.request(&method, route, status, elapsed);
        tracing::info!(
            method = metrics::label(&method),
            route,
            status,
            duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "request"
        );
        response
    }
    .instrument(span)
    .await
}

/// Runs the request within its limits.
async fn guarded(guard: &Guard, mut request: Request, next: Next) -> Response {
    let state = &guard.state;
    if !guard.takes_any_origin && !is_own_origin(request.headers(), state.config.public_url.origin()) {
        return Failure::new(
            ServerCode::OriginNotAllowed,
            "requests of browser pages of other origins are refused",
        )
        .into_response();
    }
    if announced_length(request.headers()).is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return too_large().into_response();
    }
    let work = async {
        match guard.admit(&mut request).await {
            Ok(Some(share)) => share.scope(next.run(request)).await,
            Ok(None) => next.run(request).await,
            Err(failure) => failure.into_response(),
        }
    };
    let work = AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout(state.config.limits.request_timeout, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            tracing::error!("request: panicked");
            Failure::new(ServerCode::Internal, "the settings server has a defect").into_response()
        }
        Err(_) => Failure::new(ServerCode::TimedOut, "the request took too long").into_response(),
    }
}

/// Whether `Origin` is ours. A request without it comes from an app, one with ours from a page of ours; any other is
/// refused.
fn is_own_origin(headers: &HeaderMap, origin: &str) -> bool {
    headers.get_all(header::ORIGIN).iter().all(|value| value.as_bytes() == origin.as_bytes())
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Writes the body of an error and the headers of every answer. In debug builds a code that the route is not documented
/// with is a panic, so that every test proves the OpenAPI document.
fn finish(
    state: &AppState,
    mut response: Response,
    answers: Option<&[ServerCode]>,
    request_id: &str,
) -> Response {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let is_documented = answers.is_none_or(|codes| codes.contains(&failure.code));
        debug_assert!(is_documented, "the list of the route lacks {:?}", failure.code);
        response = error_response(state, failure, request_id);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // A page has a policy of its own.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
    response
}

fn error_response(state: &AppState, failure: Failure, request_id: &str) -> Response {
    let status = failure.status();
    let retry_after = match &failure.detail {
        Some(Detail::RetryAfter { seconds }) => Some(*seconds),
        _ => None,
    };
    let body = ApiError {
        code: failure.code,
        message: failure.message.to_owned(),
        field: failure.field.map(String::from),
        request_id: request_id.to_owned(),
        detail: failure.detail,
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = failure.challenge
        && let Ok(value) =
            HeaderValue::from_str(&challenge_text(challenge, &state.config.public_url.metadata_url()))
    {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1).
fn challenge_text(challenge: Challenge, metadata_url: &str) -> String {
    match challenge {
        Challenge::Token => format!("Bearer resource_metadata=\"{metadata_url}\""),
        Challenge::FreshSignIn => format!(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"a fresh sign-in is needed\", max_age=0, resource_metadata=\"{metadata_url}\""
        ),
        Challenge::Scopes(scopes) => {
            let scope = Scope::list(scopes);
            format!(
                "Bearer error=\"insufficient_scope\", scope=\"{scope}\", resource_metadata=\"{metadata_url}\""
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use axum::{Router, middleware};
    use logto_client::SystemClock;
    use tower::ServiceExt;

    use super::handle_request;
    use crate::config::Config;
    use crate::http::router::Guard;
    use crate::server::connect;
    use crate::state::{AppState, RequestIds};
    use crate::store::Store;

    async fn panics() -> &'static str {
        panic!("canary in a panic")
    }

    #[tokio::test]
    async fn b33_panic_is_answered_and_the_next_request_works() {
        let config = Config::for_loopback("http://127.0.0.1:9", "machine", "test-secret", "native");
        let upstreams = connect(&config, Arc::new(SystemClock)).unwrap();
        let store = Store::open(&config.store, Arc::new(SystemClock)).await.unwrap();
        let state = Arc::new(AppState::new(config, upstreams, store, RequestIds::new(1)));
        let router = Router::new()
            .route("/panics", get(panics))
            .layer(middleware::from_fn_with_state(Guard::without_token(state), handle_request));
        for id in 1..=2 {
            let request = Request::get("/panics").body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            let body = to_bytes(answer.into_body(), 4096).await.unwrap();
            let wanted = format!(
                "{{\"code\":\"internal\",\"message\":\"the settings server has a defect\",\
                 \"request_id\":\"0000000000000001-{id:06}\"}}"
            );
            assert_eq!(body, wanted);
        }
    }
}
