//! The company's OpenID provider: discovery, the token endpoint, ID tokens good and forged, and form_post.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_sandbox::{ProviderAccount, ProviderAnswer, ProviderOrder, ProviderReturn, Sandbox, TokenAnswer};
use serde_json::{Value, json};

use crate::support::*;

const CALLBACK: &str = "https://settings.example.test/callback";
const CLIENT: (&str, &str) = ("sandbox-corp-id", "sandbox-corp-id-client-secret");

async fn get(sandbox: &Sandbox, url: &str) -> Value {
    let answer = provider_client(sandbox).get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    answer.json().await.unwrap()
}

/// Returns an authorization URI; `extra` replaces parameters, and an empty value removes one.
fn authorize(sandbox: &Sandbox, extra: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut fields = vec![
        ("client_id", CLIENT.0),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in extra {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let endpoint = format!("{}/authorize", sandbox.providers().issuer());
    url::Url::parse_with_params(&endpoint, fields).unwrap().into()
}

async fn answer(sandbox: &Sandbox, extra: &[(&str, &str)]) -> ProviderReturn {
    let uri = authorize(sandbox, extra);
    sandbox.providers().continue_as(&uri, &ProviderAccount::default()).await.unwrap()
}

async fn code(sandbox: &Sandbox) -> String {
    parameter(&answer(sandbox, &[]).await.url, "code").unwrap()
}

/// Exchanges a code with the secret in the form; `extra` as above.
async fn token(sandbox: &Sandbox, code: &str, extra: &[(&str, &str)]) -> (u16, Value) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT.0),
        ("client_secret", CLIENT.1),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in extra {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let url = format!("{}/token", sandbox.providers().issuer());
    let answer = provider_client(sandbox).post(url).form(&fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn decode(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

/// Whether the key that a token names signed it.
async fn is_signed(sandbox: &Sandbox, token: &str) -> bool {
    let jwks = get(sandbox, &format!("{}/jwks", sandbox.providers().issuer())).await;
    let header = header(token);
    let keys = jwks["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"] && key["alg"] == header["alg"]);
    let Some(key) = key else { return false };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    match header["alg"].as_str() {
        Some("RS256") => RsaPublicKeyComponents { n: decode(&key["n"]), e: decode(&key["e"]) }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .is_ok(),
        _ => {
            let point = [vec![4], decode(&key["x"]), decode(&key["y"])].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed.as_bytes(), &signature)
                .is_ok()
        }
    }
}

fn order(answer: TokenAnswer) -> ProviderOrder {
    ProviderOrder { provider: "corp-id".into(), answer: ProviderAnswer::Token(answer), times: Some(1) }
}

#[tokio::test]
async fn discovery_names_the_endpoints_of_the_connector() {
    let sandbox = social_sandbox().await;
    let issuer = sandbox.providers().issuer();
    let document = get(&sandbox, &format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(document["issuer"], issuer);
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    let path = "/api/connectors?target=corp-id";
    let (_, connectors) = manage(&sandbox, reqwest::Method::GET, path, &Value::Null).await;
    let config = &connectors[0]["config"];
    assert_eq!((&config["issuer"], &config["clientId"]), (&json!(issuer), &json!(CLIENT.0)));
    assert_eq!(config["authorizationEndpoint"], document["authorization_endpoint"]);
    assert_eq!(config["tokenEndpoint"], document["token_endpoint"]);
    assert_eq!(config["idTokenVerificationConfig"]["jwksUri"], document["jwks_uri"]);
}

#[tokio::test]
async fn an_id_token_says_who_signed_in_with_either_algorithm() {
    let sandbox = social_sandbox().await;
    for (ordered, algorithm) in [(None, "RS256"), (Some(TokenAnswer::Es256), "ES256")] {
        if let Some(ordered) = ordered {
            sandbox.providers().push(order(ordered));
        }
        let (status, body) = token(&sandbox, &code(&sandbox).await, &[]).await;
        assert_eq!(status, 200, "{body}");
        let id_token = text(&body, "id_token");
        assert_eq!(header(&id_token)["alg"], algorithm);
        assert!(is_signed(&sandbox, &id_token).await, "{algorithm}");
        let now_s = sandbox.clock().now_unix_ms() / 1000;
        assert_eq!(
            claims(&id_token),
            json!({
                "iss": sandbox.providers().issuer(), "aud": CLIENT.0, "sub": "corp-alice", "nonce": "nonce-1",
                "iat": now_s, "exp": now_s + 300, "auth_time": now_s, "name": "Alice at Corp",
                "email": "alice@corp-id.example.test", "email_verified": true
            })
        );
        for name in ["id_token", "access_token"] {
            assert!(sandbox.issued_secrets().contains(&text(&body, name)), "{name}");
        }
    }
}

#[tokio::test]
async fn a_code_needs_its_client_verifier_and_redirect_uri_once() {
    let sandbox = social_sandbox().await;
    let code = code(&sandbox).await;
    for (extra, status, error) in [
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("client_secret", ""), 401, "invalid_client"),
        (("client_id", "other"), 401, "invalid_client"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (("redirect_uri", ""), 400, "invalid_request"),
        (("redirect_uri", "https://settings.example.test/callback/"), 400, "invalid_grant"),
        (("code_verifier", ""), 400, "invalid_grant"),
        (("code_verifier", "another-verifier-0123456789-0123456789-0123456789"), 400, "invalid_grant"),
        (("code", "unknown"), 400, "invalid_grant"),
    ] {
        let (answered, body) = token(&sandbox, &code, &[extra]).await;
        assert_eq!((answered, &body["error"]), (status, &json!(error)), "{extra:?}");
    }
    let url = format!("{}/token", sandbox.providers().issuer());
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let basic = provider_client(&sandbox).post(url).basic_auth(CLIENT.0, Some(CLIENT.1)).form(&form);
    assert_eq!(basic.send().await.unwrap().status(), 200);
    assert_eq!(token(&sandbox, &code, &[]).await.1["error"], "invalid_grant", "a code is used once");
}

/// Whether claims are forged, by the issuer and the time that they should have.
type IsForged = fn(&Value, &str, u64) -> bool;

#[tokio::test]
async fn forged_id_tokens_come_as_ordered() {
    let sandbox = social_sandbox().await;
    let issuer = sandbox.providers().issuer();
    let now_s = sandbox.clock().now_unix_ms() / 1000;
    let rows: [(TokenAnswer, IsForged); 4] = [
        (TokenAnswer::WrongIssuer, |claims, issuer, _| claims["iss"] != issuer),
        (TokenAnswer::WrongAudience, |claims, _, _| claims["aud"] != CLIENT.0),
        (TokenAnswer::WrongNonce, |claims, _, _| claims["nonce"] != "nonce-1"),
        (TokenAnswer::Expired, |claims, _, now_s| claims["exp"].as_u64().unwrap() < now_s),
    ];
    for (ordered, is_forged) in rows {
        sandbox.providers().push(order(ordered));
        let (_, body) = token(&sandbox, &code(&sandbox).await, &[]).await;
        let id_token = text(&body, "id_token");
        assert!(is_forged(&claims(&id_token), &issuer, now_s), "{ordered:?}");
        assert!(is_signed(&sandbox, &id_token).await, "{ordered:?}: only the claim is wrong");
    }
    sandbox.providers().push(order(TokenAnswer::WrongSignature));
    let (_, body) = token(&sandbox, &code(&sandbox).await, &[]).await;
    assert!(!is_signed(&sandbox, &text(&body, "id_token")).await);
    sandbox.providers().push(order(TokenAnswer::Unsigned));
    let (_, body) = token(&sandbox, &code(&sandbox).await, &[]).await;
    assert_eq!(header(&text(&body, "id_token"))["alg"], "none");
    assert!(text(&body, "id_token").ends_with('.'));
}

#[tokio::test]
async fn faults_of_the_token_endpoint_come_as_ordered() {
    let sandbox = social_sandbox().await;
    let code = code(&sandbox).await;
    sandbox.providers().push(order(TokenAnswer::Unreachable));
    let url = format!("{}/token", sandbox.providers().issuer());
    assert!(provider_client(&sandbox).post(&url).send().await.unwrap_err().is_request());
    sandbox.providers().push(order(TokenAnswer::Refuse));
    assert_eq!(token(&sandbox, &code, &[]).await.1["error"], "invalid_grant");
    sandbox.providers().push(order(TokenAnswer::Garbage));
    assert_eq!(token(&sandbox, &code, &[]).await, (200, Value::Null));
    sandbox.providers().push(order(TokenAnswer::NoIdToken));
    let (status, body) = token(&sandbox, &code, &[]).await;
    assert_eq!((status, body.get("id_token")), (200, None));
}

#[tokio::test]
async fn form_post_is_a_form_that_the_user_submits() {
    let sandbox = social_sandbox().await;
    let back = answer(&sandbox, &[("response_mode", "form_post"), ("state", "a&\"<b>")]).await;
    assert_eq!(back.url, CALLBACK);
    let form = back.form.unwrap();
    assert_eq!(form.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["code", "state"]);
    assert_eq!(form[1].1, "a&\"<b>");
    assert_eq!(token(&sandbox, &form[0].1, &[]).await.0, 200);

    let uri = authorize(&sandbox, &[("response_mode", "form_post")]);
    let query = uri.split_once('?').unwrap().1;
    let fields = [("request", query), ("account", "1"), ("decision", "continue")];
    let http = provider_client(&sandbox);
    let page = http.post(uri.split('?').next().unwrap()).form(&fields).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("form-action"));
    let page = page.text().await.unwrap();
    assert!(page.contains("<button autofocus>Continue</button>") && !page.contains("<script"));
    assert!(page.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")));

    sandbox.providers().push(ProviderOrder {
        provider: "corp-id".into(),
        answer: ProviderAnswer::DoubledState,
        times: Some(1),
    });
    let form = answer(&sandbox, &[("response_mode", "form_post")]).await.form.unwrap();
    assert_eq!(form.iter().filter(|(name, _)| name == "state").count(), 2);
}

#[tokio::test]
async fn bad_requests_are_refused_at_the_redirect_uri() {
    let sandbox = social_sandbox().await;
    for (extra, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "email"), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_mode", "fragment"), "invalid_request"),
    ] {
        let uri = authorize(&sandbox, &[extra]);
        let answer = provider_client(&sandbox).get(&uri).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{extra:?}");
        let callback = answer.headers()["location"].to_str().unwrap();
        assert_eq!(parameter(callback, "error").as_deref(), Some(error), "{extra:?}");
        assert_eq!(parameter(callback, "state").as_deref(), Some("state-1"));
    }
    let private = authorize(&sandbox, &[("redirect_uri", "app.latchkey.dev://linked")]);
    assert_eq!(provider_client(&sandbox).get(private).send().await.unwrap().status(), 400);
}
