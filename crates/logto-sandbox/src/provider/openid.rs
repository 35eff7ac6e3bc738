//! The OpenID provider of a company: discovery, keys, and the token endpoint.

use http::header;
use serde_json::{Map, Value, json};

use super::code::IssuedCode;
use super::orders::TokenAnswer;
use super::{CORP_ID, Providers, signed_secret};
use crate::http::{Reply, Request, find};
use crate::oidc::client_auth::decode_basic;
use crate::router::Params;
use crate::state::State;

/// How long an ID token is valid.
const LIFETIME_S: u64 = 300;

/// `GET /corp-id/.well-known/openid-configuration`.
pub(super) fn discovery(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let Some(providers) = &state.providers else { return Reply::empty(404) };
    let issuer = providers.issuer();
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": providers.authorization_endpoint(CORP_ID),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name", "email", "email_verified"]
    });
    Reply::json(200, &document)
}

/// `GET /corp-id/jwks`.
pub(super) fn jwks(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let keys = state.providers.as_ref().and_then(Providers::keys);
    keys.map_or_else(|| Reply::empty(404), |keys| Reply::json(200, &keys.jwks()))
}

/// `POST /corp-id/token`: exchanges a code.
pub(super) fn token(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let form = request.form();
    let Some(config) = config(state) else { return refused(400, "invalid_client") };
    let given = match request.header(header::AUTHORIZATION).and_then(decode_basic) {
        Some(given) => Some(given),
        None => find(&form, "client_id")
            .zip(find(&form, "client_secret"))
            .map(|(id, secret)| (id.to_owned(), secret.to_owned())),
    };
    let is_client = given.is_some_and(|(id, secret)| {
        let is_secret = match signed_secret::is_wanted(&config) {
            true => signed_secret::is_valid(&config, &secret, &issuer(state), state.now_s()),
            false => config["clientSecret"] == secret.as_str(),
        };
        config["clientId"] == id.as_str() && is_secret
    });
    if !is_client {
        return refused(401, "invalid_client").with("www-authenticate", "Basic realm=\"corp-id\"");
    }
    if find(&form, "grant_type") != Some("authorization_code") {
        return refused(400, "unsupported_grant_type");
    }
    let now_ms = state.now_ms();
    let Some(providers) = &mut state.providers else { return Reply::empty(404) };
    let ordered = providers.orders.take_token(CORP_ID);
    match ordered {
        Some(TokenAnswer::Refuse) => return refused(400, "invalid_grant"),
        Some(TokenAnswer::Garbage) => return Reply::text(200, "<html>no JSON</html>"),
        _ => {}
    }
    let (Some(code), Some(redirect_uri)) = (find(&form, "code"), find(&form, "redirect_uri")) else {
        return refused(400, "invalid_request");
    };
    let verifier = find(&form, "code_verifier");
    let Some(issued) = providers.redeem(CORP_ID, code, Some(redirect_uri), verifier, now_ms) else {
        return refused(400, "invalid_grant");
    };
    let mut body = json!({"token_type": "Bearer", "expires_in": LIFETIME_S});
    if let Some(fields) = body.as_object_mut() {
        fields.insert("access_token".into(), state.issue_opaque().into());
        if ordered != Some(TokenAnswer::NoIdToken) {
            fields.insert("id_token".into(), id_token(state, &config, &issued, ordered).into());
        }
    }
    Reply::json(200, &body).with("cache-control", "no-store")
}

/// Returns the configuration of the connector, which has its client.
fn config(state: &State) -> Option<Value> {
    Some(state.settings.social_connector(CORP_ID)?["config"].clone())
}

fn issuer(state: &State) -> String {
    state.providers.as_ref().map(Providers::issuer).unwrap_or_default()
}

fn refused(status: u16, error: &str) -> Reply {
    let text = "the request was refused";
    Reply::json(status, &json!({"error": error, "error_description": text})).with("cache-control", "no-store")
}

fn id_token(state: &mut State, config: &Value, issued: &IssuedCode, ordered: Option<TokenAnswer>) -> String {
    let now_s = state.now_s();
    let Some(providers) = &state.providers else { return String::new() };
    let claims = claims(providers, &config["clientId"], issued, now_s, ordered);
    let algorithm = match ordered {
        Some(TokenAnswer::Es256) => "ES256",
        Some(TokenAnswer::Unsigned) => "none",
        _ => "RS256",
    };
    let sign = |claims: &Value| {
        providers.keys().and_then(|keys| keys.sign(algorithm, claims).ok()).unwrap_or_default()
    };
    let mut token = sign(&claims);
    if ordered == Some(TokenAnswer::WrongSignature) {
        let other = sign(&json!({}));
        if let (Some((signed, _)), Some((_, signature))) = (token.rsplit_once('.'), other.rsplit_once('.')) {
            token = format!("{signed}.{signature}");
        }
    }
    if ordered == Some(TokenAnswer::SharedSecret) {
        token = signed_secret::by_client_secret(config, &claims);
    }
    state.issued_secrets.push(token.clone());
    token
}

fn claims(
    providers: &Providers,
    client: &Value,
    issued: &IssuedCode,
    now_s: u64,
    ordered: Option<TokenAnswer>,
) -> Value {
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", providers.issuer().into());
    put("aud", client.clone());
    put("sub", issued.account.id.clone().into());
    put("iat", now_s.into());
    put("exp", (now_s + LIFETIME_S).into());
    put("auth_time", issued.auth_time_s.into());
    if let Some(nonce) = &issued.nonce {
        put("nonce", nonce.clone().into());
    }
    if let Some(email) = issued.account.email() {
        put("email", email.into());
        put("email_verified", (!issued.account.email_unverified).into());
    }
    if let Some(name) = issued.account.name() {
        put("name", name.into());
    }
    match ordered {
        Some(TokenAnswer::WrongIssuer) => put("iss", format!("{}/other", providers.base_url).into()),
        Some(TokenAnswer::WrongAudience) => put("aud", "another-client".into()),
        Some(TokenAnswer::WrongNonce) => put("nonce", crate::random::opaque().into()),
        Some(TokenAnswer::WrongParty) => put("azp", "another-client".into()),
        Some(TokenAnswer::SurplusAudience) => put("aud", json!([client, "another-client"])),
        Some(TokenAnswer::NoSubject) => put("sub", "".into()),
        Some(TokenAnswer::Future) => put("iat", (now_s + 3_600).into()),
        Some(TokenAnswer::NoNonce) => claims.remove("nonce"),
        Some(TokenAnswer::Expired) => {
            put("iat", now_s.saturating_sub(2 * LIFETIME_S).into());
            put("exp", now_s.saturating_sub(LIFETIME_S).into())
        }
        _ => None,
    };
    Value::Object(claims)
}
