//! What a route is, and the router that is built from all of them. [`routes`] has the list.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::step_up::Purpose;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use http::Method;
use logto_client::Share;

use crate::auth::instances::{self, Introduced};
use crate::auth::token_floors;
use crate::error::Failure;
use crate::http::client_ip::ClientIp;
use crate::http::middleware::handle_request;
use crate::http::openapi::{Body, Document};
use crate::http::request_fingerprint::RequestFingerprint;
use crate::routes::errors::{self, Errors};
use crate::routes::health;
use crate::routes::routes;
use crate::state::AppState;

/// A scope: what a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `account:read`
    Read,
    /// `account:write`
    Write,
    /// `account:security`
    Security,
    /// `account:delete`
    Delete,
}

impl Scope {
    /// Every scope of the resource, in the order in which it is published.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Security, Self::Delete];

    /// Returns names as they are in a token or a challenge: separated by a space.
    pub fn list(scopes: &[Self]) -> String {
        scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Returns the scope's name in a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "account:read",
            Self::Write => "account:write",
            Self::Security => "account:security",
            Self::Delete => "account:delete",
        }
    }
}

/// The base of a route's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteBase {
    /// Below the public base URL.
    Base,
    /// At the root of the host.
    Root,
    /// At the host's well-known path of this resource (RFC 9728 §3.1).
    Metadata,
}

/// One route.
pub struct Route {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The base of its path.
    pub base: RouteBase,
    /// The path below the base.
    pub path: &'static str,
    /// The scopes that it requires, all of them; with none, it needs no token.
    pub scopes: &'static [Scope],
    /// The name of the operation in the OpenAPI document.
    pub operation: &'static str,
    /// One sentence for the document.
    pub summary: &'static str,
    /// The codes that it can answer, in addition to those of every route.
    pub(crate) errors: Errors,
    /// What a proof must be for (B8); without a purpose the route is not sensitive. The purpose decides its class.
    pub step_up: &'static [Purpose],
    /// Whether a request must name an introduced app instance, or the one that it introduces.
    pub needs_instance: bool,
    /// Whether an idempotency key makes a repeated request the same change.
    pub idempotent: bool,
    pub(crate) request: Option<fn(&mut Document) -> Body>,
    pub(crate) response: fn(&mut Document) -> Body,
    pub(crate) handler: fn(MethodFilter) -> MethodRouter<Arc<AppState>>,
}

impl Route {
    /// Returns every code that it can answer.
    pub(crate) fn codes(&self) -> impl Iterator<Item = ServerCode> {
        // The refusals of `Guard::admit` for every change.
        let of_changes =
            (self.method != "GET" && !self.scopes.is_empty()).then_some(ServerCode::ReadOnlyToken);
        let of_instance: &[ServerCode] = if self.needs_instance { errors::INSTANCE } else { &[] };
        let of_step_up: &[ServerCode] = if self.step_up.is_empty() { &[] } else { errors::STEP_UP };
        let of_key = self.idempotent.then_some(ServerCode::InvalidValue);
        let listed = self.errors.iter().copied().flatten().copied();
        EVERYWHERE
            .into_iter()
            .chain(of_changes)
            .chain(of_instance.iter().copied())
            .chain(of_step_up.iter().copied())
            .chain(of_key)
            .chain(listed)
    }

    /// Returns the whole path on the host, given the server's public URL.
    pub fn full_path(&self, public_url: &crate::config::PublicUrl) -> String {
        match self.base {
            RouteBase::Base => format!("{}{}", public_url.path(), self.path),
            RouteBase::Root => self.path.to_owned(),
            RouteBase::Metadata => public_url.metadata_path(),
        }
    }
}

/// The codes that any route can answer.
const EVERYWHERE: [ServerCode; 3] =
    [ServerCode::OriginNotAllowed, ServerCode::TimedOut, ServerCode::Internal];

/// The operation that introduces an app instance.
const INTRODUCTION: &str = "sessions_current";

/// The operation that a provider's own page sends a form to, with that page's origin.
pub(crate) const FORM_CALLBACK: &str = "social_callback_form";

/// Builds the router. All its answers go through [`handle_request`], and a route is reachable only with the scopes it
/// is listed with, so no handler can forget either.
pub(crate) fn router(state: Arc<AppState>) -> Router {
    let guarded = |route: Option<&Route>| {
        let guard = Guard {
            state: Arc::clone(&state),
            scopes: route.map_or(&[], |route| route.scopes),
            counts_later: route.is_some_and(|route| route.operation == INTRODUCTION),
            takes_any_origin: route.is_some_and(|route| route.operation == FORM_CALLBACK),
            operation: route.map(Operation::of),
            answers: route.map(|route| route.codes().collect()),
        };
        middleware::from_fn_with_state(guard, handle_request)
    };
    let mut router: Router<Arc<AppState>> = Router::new();
    for route in routes() {
        // `on` answers HEAD with GET; nothing else is ever added to a method.
        let filter = match route.method {
            "PATCH" => MethodFilter::PATCH,
            "PUT" => MethodFilter::PUT,
            "POST" => MethodFilter::POST,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let handler = (route.handler)(filter);
        let handler = handler.route_layer(guarded(Some(&route)));
        router = router.route(&route.full_path(&state.config.public_url), handler);
    }
    router
        .method_not_allowed_fallback(method_not_allowed.layer(guarded(None)))
        .fallback(not_found.layer(guarded(None)))
        .with_state(state)
}

/// The operation of a route, as an extension of its requests.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Its name in the OpenAPI document and the audit log.
    pub(crate) name: &'static str,
    /// Whether it needs a step-up.
    pub(crate) needs_proof: bool,
    /// As [`Route::needs_instance`].
    pub(crate) needs_instance: bool,
    /// As [`Route::idempotent`].
    pub(crate) idempotent: bool,
}

impl Operation {
    fn of(route: &Route) -> Self {
        Self {
            name: route.operation,
            needs_proof: !route.step_up.is_empty(),
            needs_instance: route.needs_instance,
            idempotent: route.idempotent,
        }
    }
}

/// What a route is guarded with.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) state: Arc<AppState>,
    /// The scopes that a token must have; with none, no token is needed.
    pub(crate) scopes: &'static [Scope],
    /// Whether the handler counts the request for its user: a copied token must not use up what an introduction needs.
    pub(crate) counts_later: bool,
    /// Whether a page of another origin may send the request.
    pub(crate) takes_any_origin: bool,
    /// The route's operation; `None` for an unknown route.
    pub(crate) operation: Option<Operation>,
    /// The codes that the route is documented with; `None` for an unknown route.
    pub(crate) answers: Option<Arc<[ServerCode]>>,
}

impl Guard {
    /// Returns the guard of a route that needs no token.
    pub(crate) fn without_token(state: Arc<AppState>) -> Self {
        Self {
            state,
            scopes: &[],
            counts_later: false,
            takes_any_origin: false,
            operation: None,
            answers: None,
        }
    }

    /// Admits a request whose token verifies and has the scopes, and adds its caller to the extensions. Returns the
    /// share of the places to Logto that the request runs on, or `None` for a route that needs no token.
    ///
    /// # Errors
    /// As [`Authenticator::caller`](crate::auth::bearer::Authenticator::caller) and [`token_floors::admit`], 403
    /// `read_only_token` for a change with a token that has an `act` claim, 403 `insufficient_scope`, or 429
    /// `rate_limited`.
    pub(crate) async fn admit(&self, request: &mut Request) -> Result<Option<Share>, Failure> {
        if self.scopes.is_empty() {
            return Ok(None);
        }
        let fair = &self.state.fair;
        let ip = request.extensions().get::<ClientIp>().and_then(|client| client.0);
        let admitted = fair.request_from(ip).await?;
        let caller = self.state.authenticator.caller(request.headers()).await?;
        token_floors::admit(&self.state, &caller, request.headers()).await?;
        if !self.counts_later {
            let introduced = match self.scopes.contains(&Scope::Security) {
                true => instances::introduced(&self.state, &caller, request.headers()).await?,
                false => Introduced::default(),
            };
            fair.request_of(&caller.user, &introduced, admitted).await?;
            request.extensions_mut().insert(introduced);
        }
        // Step-ups and changes are for the user alone.
        if caller.is_delegated && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Failure::new(ServerCode::ReadOnlyToken, "a token with an act claim may only read"));
        }
        if !self.scopes.iter().all(|scope| caller.has(*scope)) {
            return Err(Failure::insufficient_scope(self.scopes));
        }
        let fingerprint = RequestFingerprint::of(request);
        request.extensions_mut().insert(fingerprint);
        if let Some(operation) = self.operation {
            request.extensions_mut().insert(operation);
        }
        let share = Share::new(caller.user.clone(), fair.network(ip));
        request.extensions_mut().insert(caller);
        Ok(Some(share))
    }
}

/// Builds the routes of a connection beyond the caps: `/livez`, and 429 `rate_limited` for everything else.
pub(crate) fn beyond(state: Arc<AppState>) -> Router {
    let guard = Guard::without_token(state);
    Router::new()
        .route("/livez", axum::routing::get(health::live))
        .fallback(too_many_connections)
        .layer(middleware::from_fn_with_state(guard, handle_request))
}

async fn too_many_connections() -> Response {
    Failure::new(ServerCode::RateLimited, "too many connections").retry_after(1).into_response()
}

async fn not_found() -> Response {
    Failure::new(ServerCode::NotFound, "no such route").into_response()
}

async fn method_not_allowed() -> Response {
    Failure::new(ServerCode::MethodNotAllowed, "this route does not support the method").into_response()
}
