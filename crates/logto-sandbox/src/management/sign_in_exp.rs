//! The sign-in experience: the whole for the Management API, and the public form.

use serde_json::{Value, json};

use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/sign-in-exp`.
pub(crate) fn read(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &state.settings.sign_in_experience)
}

/// `PATCH /api/sign-in-exp`: top-level keys replace.
pub(crate) fn patch(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let (Some(change), Some(fields)) =
        (body.as_object(), state.settings.sign_in_experience.as_object_mut())
    {
        for (name, value) in change {
            if fields.contains_key(name) {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    Reply::json(200, &state.settings.sign_in_experience)
}

/// `GET /api/.well-known/sign-in-exp`: without what is not public, with what the page needs.
pub(crate) fn public(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let mut body = state.settings.sign_in_experience.clone();
    let text = |connector: &Value, name: &str| connector.get(name).and_then(Value::as_str).map(str::to_owned);
    let targets = state.settings.sign_in_experience["socialSignInConnectorTargets"].as_array();
    let of_target = |target: &Value| {
        let all = state.settings.connectors.iter();
        all.filter(|connector| connector["type"] == "Social" && connector["target"] == *target)
            .collect::<Vec<_>>()
    };
    let social: Vec<Value> = targets
        .into_iter()
        .flatten()
        .flat_map(of_target)
        .map(|one| {
            json!({
                "id": text(one, "id"), "target": text(one, "target"), "name": one.get("name"),
                "logo": text(one, "logo"), "logoDark": text(one, "logoDark"), "platform": text(one, "platform"),
                "isTokenStorageSupported": true
            })
        })
        .collect();
    let google = state
        .settings
        .connectors
        .iter()
        .find(|connector| text(connector, "target").as_deref() == Some("google"));
    if let Some(fields) = body.as_object_mut() {
        fields.remove("emailBlocklistPolicy");
        fields.remove("forgotPasswordMethods");
        fields.insert("socialConnectors".into(), social.into());
        fields.insert("ssoConnectors".into(), json!([]));
        fields.insert("forgotPassword".into(), json!({"phone": true, "email": true}));
        fields.insert("isDevelopmentTenant".into(), false.into());
        if let Some(google) = google {
            let one_tap = json!({
                "clientId": google.pointer("/config/clientId"), "connectorId": google.get("id")
            });
            fields.insert("googleOneTap".into(), one_tap);
        }
        let custom = state.settings.custom_profile_fields.clone();
        fields.insert("customProfileFields".into(), custom.clone().into());
        fields.insert("customProfileFieldCatalog".into(), custom.into());
    }
    Reply::json(200, &body)
}

/// `GET /api/custom-profile-fields`.
pub(crate) fn custom_profile_fields(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &Value::Array(state.settings.custom_profile_fields.clone()))
}
