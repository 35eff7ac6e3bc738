//! The routes of the providers' port, and how it differs from Logto's.

use http::Method;

use super::orders::{ProviderAnswer, TokenAnswer};
use super::{CORP_ID, authorize, logos, openid};
use crate::control::faults::FaultAction;
use crate::http::{Reply, Request};
use crate::router::{self, Route, public};
use crate::server::Entrance;
use crate::state::State;

static ROUTES: &[Route] = &[
    public(Method::GET, "/{provider}/authorize", authorize::show),
    public(Method::POST, "/{provider}/authorize", authorize::decide),
    public(Method::GET, "/logos/{file}", logos::read),
    public(Method::GET, "/corp-id/.well-known/openid-configuration", openid::discovery),
    public(Method::GET, "/corp-id/jwks", openid::jwks),
    public(Method::POST, "/corp-id/token", openid::token),
];

/// The providers' port. In the request log and for faults, `provider:` is before its paths.
pub(crate) static ENTRANCE: Entrance = Entrance { prefix: "provider:", dispatch, ordered };

/// Method and path pattern of every route of the providers, for the README's table.
pub fn provider_route_patterns() -> Vec<(&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.pattern)).collect()
}

fn dispatch(state: &mut State, request: &Request) -> Reply {
    router::dispatch_among(ROUTES, state, request)
}

/// Returns what is ordered for a request and happens outside its handler.
fn ordered(state: &mut State, request: &Request) -> Option<FaultAction> {
    let orders = &mut state.providers.as_mut()?.orders;
    let (provider, action) = request.path.strip_prefix('/')?.split_once('/')?;
    match (action, &request.method) {
        ("authorize", &Method::POST) => orders.take_delay(provider).map(FaultAction::Delay),
        ("token", &Method::POST) if provider == CORP_ID => orders.take(provider, |answer| {
            (*answer == ProviderAnswer::Token(TokenAnswer::Unreachable)).then_some(FaultAction::Drop)
        }),
        _ => None,
    }
}
