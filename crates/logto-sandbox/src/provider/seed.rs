//! The connectors of a tenant with social accounts: those of every sandbox, and three more.

use serde_json::{Value, json};

use super::CORP_ID;
use super::logos::{Shade, data_url};
use crate::state::State;
use crate::state::settings::{self, social};

/// Secrets of the three connectors' configurations.
const SECRETS: [&str; 3] =
    ["sandbox-corp-id-client-secret", "sandbox-apple-private-key", "sandbox-alipay-private-key"];

/// Adds the connectors, and shows them on the sign-in page.
pub(crate) fn fill(state: &mut State) {
    state.settings.connectors = connectors(state);
    state.issued_secrets.extend(SECRETS.map(str::to_owned));
    let shown = json!(["mock-social", "github", "google", "apple", CORP_ID, "alipay"]);
    if let Some(fields) = state.settings.sign_in_experience.as_object_mut() {
        fields.insert("socialSignInConnectorTargets".into(), shown);
    }
}

/// Returns the connectors of the start, with or without providers.
pub(crate) fn connectors(state: &State) -> Vec<Value> {
    let mut all = settings::connectors();
    let Some(providers) = &state.providers else { return all };
    let url = |file: &str| Value::from(format!("{}/logos/{file}.svg", providers.base_url));
    let [corp_secret, apple_key, alipay_key] = SECRETS;
    let issuer = providers.issuer();
    let mut corp = social(
        "rano1q90ejts",
        "oidc",
        CORP_ID,
        "Corp ID",
        json!({
            // Logto's connector reads the issuer from `idTokenVerificationConfig` alone.
            "issuer": issuer, "clientId": "sandbox-corp-id", "clientSecret": corp_secret,
            "scope": "openid profile email",
            "authorizationEndpoint": providers.authorization_endpoint(CORP_ID),
            "tokenEndpoint": format!("{issuer}/token"),
            "idTokenVerificationConfig": {"issuer": issuer, "jwksUri": format!("{issuer}/jwks")}
        }),
    );
    corp["isStandard"] = true.into();
    corp["metadata"] = json!({
        "target": CORP_ID, "name": {"en": "Corp ID"}, "logo": url("corp-id"), "logoDark": url("corp-id-dark")
    });
    corp["name"] = json!({"en": "Corp ID"});
    let apple = json!({
        "clientId": "app.example.sandbox", "teamId": "SANDBOX", "keyId": "SANDBOX", "privateKey": apple_key
    });
    let mut alipay = social(
        "q7v1n4z0ap2y",
        "alipay-native",
        "alipay",
        "Alipay",
        json!({"appId": "2021000000000000", "privateKey": alipay_key, "signType": "RSA2"}),
    );
    alipay["platform"] = "Native".into();
    all.extend([social("gw4ti24pbhj2", "apple-universal", "apple", "Apple", apple), corp, alipay]);
    for connector in &mut all {
        // Logto's own connectors have their logos inside; those that an administrator enters are somewhere else.
        let letter = connector["name"]["en"].as_str().and_then(|name| name.chars().next()).unwrap_or('?');
        let (logo, dark) = match connector["target"].as_str().unwrap_or_default() {
            "mock-social" => (url("mock-social"), Value::Null),
            CORP_ID => (url("corp-id"), url("corp-id-dark")),
            "github" => (data_url(letter, Shade::ForLight).into(), data_url(letter, Shade::ForDark).into()),
            "google" | "apple" | "alipay" => (data_url(letter, Shade::ForLight).into(), Value::Null),
            _ => continue,
        };
        connector["logo"] = logo;
        connector["logoDark"] = dark;
    }
    all
}
