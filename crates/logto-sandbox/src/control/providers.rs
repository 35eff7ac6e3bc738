//! Control endpoints for the providers.

use serde_json::{Value, json};

use super::routes::bad;
use crate::http::{Reply, Request};
use crate::provider::orders::ProviderOrder;
use crate::provider::{PROVIDERS, Provider};
use crate::router::Params;
use crate::state::State;

/// `GET /__sandbox/providers` → `{url, issuer, ca_pem, spki_sha256, providers: [{target, name, authorization_endpoint}]}`.
pub(crate) fn read(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let Some(providers) = &state.providers else { return none() };
    let list: Vec<Value> = PROVIDERS
        .iter()
        .map(|provider| {
            let endpoint = providers.authorization_endpoint(provider.target);
            json!({"target": provider.target, "name": provider.name, "authorization_endpoint": endpoint})
        })
        .collect();
    let certificate = &providers.certificate;
    Reply::json(
        200,
        &json!({
            "url": providers.base_url, "issuer": providers.issuer(), "ca_pem": certificate.ca_pem,
            "spki_sha256": certificate.spki_sha256, "providers": list
        }),
    )
}

/// `POST /__sandbox/providers/orders {provider, answer, times?}`.
pub(crate) fn push(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let Some(providers) = &mut state.providers else { return none() };
    match serde_json::from_slice::<ProviderOrder>(&request.body) {
        Ok(order) if Provider::of(&order.provider).is_none() => bad("there is no such provider"),
        Ok(order) => {
            providers.orders.push(order);
            Reply::empty(204)
        }
        Err(error) => bad(&error.to_string()),
    }
}

/// `DELETE /__sandbox/providers/orders`.
pub(crate) fn clear(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let Some(providers) = &mut state.providers else { return none() };
    providers.orders.clear();
    Reply::empty(204)
}

fn none() -> Reply {
    Reply::json(404, &json!({"message": "the sandbox was started without social connectors"}))
}
