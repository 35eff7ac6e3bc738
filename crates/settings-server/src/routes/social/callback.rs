//! `GET` and `POST {base}/callback/social/{id}`: where a provider sends the browser, and the page that it is shown then
//! (B27). The answer stays on this server until the app that began the link finishes it.
//!
//! No cookie and no token is read. A known state and an unknown one are answered alike.

use std::sync::Arc;

use account_api::error::ServerCode;
use axum::extract::{Extension, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use zeroize::Zeroizing;

use crate::auth::token::{self, Hash};
use crate::error::Failure;
use crate::http::body;
use crate::http::client_ip::ClientIp;
use crate::http::openapi::Document;
use crate::http::path_id::Segment;
use crate::http::router::{FORM_CALLBACK, Route, RouteBase};
use crate::social::provider_answer::ProviderAnswer;
use crate::social::return_page;
use crate::state::AppState;

pub(crate) const BY_QUERY: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/callback/social/{id}",
    scopes: &[],
    operation: "social_callback",
    summary: "Takes a provider's answer from a browser.",
    errors: &[],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::page,
    handler: |method| on(method, by_query),
};

pub(crate) const BY_FORM: Route = Route {
    method: "POST",
    operation: FORM_CALLBACK,
    summary: "Takes a provider's answer from a browser (`response_mode=form_post`).",
    errors: &[&[ServerCode::BodyTooLarge, ServerCode::InvalidBody]],
    handler: |method| on(method, by_form),
    ..BY_QUERY
};

pub(crate) const RETURN: Route = Route {
    path: "/callback/return/{id}",
    operation: "social_return",
    summary: "Shows the page with the way back to the app.",
    handler: |method| on(method, returned),
    ..BY_QUERY
};

/// The place of a ticket when there is none.
const NO_TICKET: &str = "over";

async fn by_query(
    State(state): State<Arc<AppState>>,
    Segment(connector): Segment,
    Extension(ip): Extension<ClientIp>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    take(&state, &connector, ip, &query.unwrap_or_default(), &headers).await
}

async fn by_form(
    State(state): State<Arc<AppState>>,
    Segment(connector): Segment,
    Extension(ip): Extension<ClientIp>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    match body::read(body).await.map(Zeroizing::new) {
        Ok(form) => {
            let form = std::str::from_utf8(&form).unwrap_or_default();
            take(&state, &connector, ip, form, &parts.headers).await
        }
        Err(failure) => failure.into_response(),
    }
}

async fn returned(
    State(state): State<Arc<AppState>>,
    Segment(ticket): Segment,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    headers: HeaderMap,
) -> Response {
    if state.fair.request_from(ip).await.is_err() {
        return return_page::try_again(&headers);
    }
    return_page::of_ticket(&state, &headers, &ticket)
}

/// Keeps an answer, and sends the browser to a page without its parameters.
async fn take(
    state: &AppState,
    connector: &str,
    ClientIp(ip): ClientIp,
    parameters: &str,
    headers: &HeaderMap,
) -> Response {
    if state.fair.request_from(ip).await.is_err() {
        return return_page::try_again(headers);
    }
    match keep(state, connector, parameters).await {
        Ok(ticket) => see_other(state, &ticket),
        Err(_) => return_page::try_again(headers),
    }
}

/// Returns the ticket of the page to show.
async fn keep(state: &AppState, connector: &str, parameters: &str) -> Result<String, Failure> {
    let Some((link, answer)) = ProviderAnswer::parse(parameters) else { return Ok(NO_TICKET.to_owned()) };
    let Some(hash) = Hash::of(&link) else { return Ok(NO_TICKET.to_owned()) };
    let (handle, handle_hash) = token::make()?;
    let sealed = answer.seal(&state.store.sealer, &link)?;
    state.store.answer_social_link(&hash, connector, &handle_hash, sealed).await?;
    Ok(return_page::ticket(state, &link, handle.expose())?)
}

/// 303 (RFC 9110 §15.4.4): a form is not sent again when the page is loaded again.
fn see_other(state: &AppState, ticket: &str) -> Response {
    let place = format!("{}/callback/return/{ticket}", state.config.public_url);
    match HeaderValue::try_from(place) {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
