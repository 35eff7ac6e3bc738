//! Every route, in one list: the router, the OpenAPI document and the tests are made from it.

use std::sync::Arc;

use account_api::error::Code;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::error::Failure;
use crate::hygiene::hygiene;
use crate::openapi::{Body, Document};
use crate::routes as operations;
use crate::state::AppState;

/// What a token must be allowed to do.
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

    /// Names as they stand in a token or a challenge: parted by a space.
    pub fn list(scopes: &[Self]) -> String {
        scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The scope's name in a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "account:read",
            Self::Write => "account:write",
            Self::Security => "account:security",
            Self::Delete => "account:delete",
        }
    }
}

/// Where a route lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
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
    /// Where it lives.
    pub place: Place,
    /// The path there.
    pub path: &'static str,
    /// The scopes it demands, all of them; none means that it needs no token.
    pub scopes: &'static [Scope],
    /// The name of the operation in the OpenAPI document.
    pub operation: &'static str,
    /// One sentence for the document.
    pub summary: &'static str,
    /// The codes it can answer, beside those of every route.
    pub(crate) errors: &'static [Code],
    pub(crate) request: Option<fn(&mut Document) -> Body>,
    pub(crate) response: fn(&mut Document) -> Body,
    pub(crate) handler: fn(MethodFilter) -> MethodRouter<Arc<AppState>>,
}

const READ: &[Scope] = &[Scope::Read];
/// An edit answers the account, so it demands what a read does, too.
const EDIT: &[Scope] = &[Scope::Read, Scope::Write];

const READ_ERRORS: &[Code] = &[
    Code::Unauthorized,
    Code::AccountNotFound,
    Code::ClientNotAllowed,
    Code::InsufficientScope,
    Code::AccountSuspended,
    Code::UpstreamFailed,
    Code::UpstreamUnavailable,
];
const EDIT_ERRORS: &[Code] = &[
    Code::Unauthorized,
    Code::AccountNotFound,
    Code::ClientNotAllowed,
    Code::InsufficientScope,
    Code::AccountSuspended,
    Code::FieldNotEditable,
    Code::InvalidBody,
    Code::InvalidValue,
    Code::Conflict,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::UpstreamFailed,
    Code::UpstreamUnavailable,
];

/// Every route of the server.
pub fn routes() -> Vec<Route> {
    use account_api::account::{
        AccountUpdateRequest, AccountView, PreferencesUpdateRequest, ProfileUpdateRequest,
    };
    use account_api::metadata::ProtectedResourceMetadata;

    use operations::health::HealthView;
    vec![
        Route {
            method: "GET",
            place: Place::Base,
            path: "/account",
            scopes: READ,
            operation: "account_read",
            summary: "The account, with everything its page needs.",
            errors: READ_ERRORS,
            request: None,
            response: Document::json::<AccountView>,
            handler: |method| on(method, operations::account::read::handle),
        },
        Route {
            method: "PATCH",
            place: Place::Base,
            path: "/account",
            scopes: EDIT,
            operation: "account_update",
            summary: "Changes name or avatar and answers the account as it is then.",
            errors: EDIT_ERRORS,
            request: Some(Document::json::<AccountUpdateRequest>),
            response: Document::json::<AccountView>,
            handler: |method| on(method, operations::account::update::handle),
        },
        Route {
            method: "PATCH",
            place: Place::Base,
            path: "/account/profile",
            scopes: EDIT,
            operation: "profile_update",
            summary: "Changes standard profile fields and answers the account as it is then.",
            errors: EDIT_ERRORS,
            request: Some(Document::json::<ProfileUpdateRequest>),
            response: Document::json::<AccountView>,
            handler: |method| on(method, operations::profile::update::handle),
        },
        Route {
            method: "PATCH",
            place: Place::Base,
            path: "/account/preferences",
            scopes: EDIT,
            operation: "preferences_update",
            summary: "Changes the preferences that follow the account and answers the account as it is then.",
            errors: EDIT_ERRORS,
            request: Some(Document::json::<PreferencesUpdateRequest>),
            response: Document::json::<AccountView>,
            handler: |method| on(method, operations::preferences::update::handle),
        },
        Route {
            method: "GET",
            place: Place::Metadata,
            path: "",
            scopes: &[],
            operation: "metadata_read",
            summary: "What an app needs to know to use this server (RFC 9728).",
            errors: &[],
            request: None,
            response: Document::json::<ProtectedResourceMetadata>,
            handler: |method| on(method, operations::metadata::read::handle),
        },
        Route {
            method: "GET",
            place: Place::Root,
            path: "/livez",
            scopes: &[],
            operation: "live",
            summary: "Whether the process answers at all.",
            errors: &[],
            request: None,
            response: Document::json::<HealthView>,
            handler: |method| on(method, operations::health::live),
        },
        Route {
            method: "GET",
            place: Place::Root,
            path: "/readyz",
            scopes: &[],
            operation: "ready",
            summary: "Whether the server can do its work; 503 when it cannot.",
            errors: &[],
            request: None,
            response: Document::json::<HealthView>,
            handler: |method| on(method, operations::health::ready),
        },
    ]
}

impl Route {
    /// The whole path on the host, given the server's public URL.
    pub fn full_path(&self, public_url: &crate::config::PublicUrl) -> String {
        match self.place {
            Place::Base => format!("{}{}", public_url.path(), self.path),
            Place::Root => self.path.to_owned(),
            Place::Metadata => public_url.metadata_path(),
        }
    }
}

/// The router. A route with scopes is reachable only through [`authorise`], so no handler can forget it.
pub(crate) fn router(state: Arc<AppState>) -> Router {
    let mut router: Router<Arc<AppState>> = Router::new();
    for route in routes() {
        // `on` serves HEAD with GET; nothing else is ever added to a method.
        let filter = match route.method {
            "PATCH" => MethodFilter::PATCH,
            _ => MethodFilter::GET,
        };
        let mut handler = (route.handler)(filter);
        if !route.scopes.is_empty() {
            let demand = (Arc::clone(&state), route.scopes);
            handler = handler.route_layer(middleware::from_fn_with_state(demand, authorise));
        }
        router = router.route(&route.full_path(&state.config.public_url), handler);
    }
    router
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&state), hygiene))
        .with_state(state)
}

/// Lets a request through whose token verifies and carries the scopes, and puts its caller beside it.
async fn authorise(
    State((state, scopes)): State<(Arc<AppState>, &'static [Scope])>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let caller = state.authenticator.caller(request.headers()).await?;
    if !scopes.iter().all(|scope| caller.has(*scope)) {
        return Err(Failure::insufficient_scope(scopes));
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn not_found() -> Response {
    Failure::new(Code::NotFound, "no such route").into_response()
}

async fn method_not_allowed() -> Response {
    Failure::new(Code::MethodNotAllowed, "this route does not know the method").into_response()
}
