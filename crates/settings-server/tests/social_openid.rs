//! Providers whose code flow the server runs itself (decision 12; B20, B25).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logto_sandbox::{ProviderAccount, ProviderAnswer, ProviderOrder, Sandbox, TokenAnswer};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings_server::config::{Config, OpenIdProvider, ProviderSecret, ResponseMode, SecretOrigin};
use settings_server::{Server, SystemClock};

use crate::social::{list, proven};
use crate::social_link::{authorize, begin, begin_call, browse, browser, come_back, deep_link, finish_call};
use crate::support::app::App;
use crate::support::records::Records;
use crate::support::{Answer, Stage};

const TARGET: &str = "corp-id";

/// Returns the entry that fits the sandbox's connector.
pub(crate) fn provider(sandbox: &Sandbox) -> OpenIdProvider {
    OpenIdProvider {
        target: TARGET.to_owned(),
        issuer: sandbox.providers().issuer(),
        client_id: "sandbox-corp-id".to_owned(),
        client_secret: ProviderSecret::Shared(SecretOrigin::Value(SecretString::from(
            "sandbox-corp-id-client-secret",
        ))),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        response_mode: None,
        ca_pem: Some(sandbox.providers().ca_pem()),
    }
}

fn configured(config: &mut Config, sandbox: &Sandbox) {
    config.social.openid = vec![provider(sandbox)];
}

fn identity(stage: &Stage) -> Value {
    stage.sandbox.user_json("alice")["identities"][TARGET].clone()
}

fn order(stage: &Stage, answer: TokenAnswer) {
    stage.sandbox.providers().push(ProviderOrder {
        provider: TARGET.to_owned(),
        answer: ProviderAnswer::Token(answer),
        times: Some(1),
    });
}

/// Begins, authorizes with an account and comes back. Returns the parameters of the deep link.
async fn answered(stage: &Stage, app: &App<'_>, account: &str) -> Value {
    let begun = begin(app, TARGET, Value::Null).await;
    come_back(&authorize(stage, &begun.uri, account).await).await
}

async fn finish(app: &App<'_>, link: &Value) -> Answer {
    app.call(&finish_call(link)).await
}

#[tokio::test]
async fn r12_account_of_an_openid_provider_is_linked() {
    let records = Records::new();
    let stage = Stage::social_with(|config, sandbox| {
        configured(config, sandbox);
        records.configure(config);
    })
    .await;
    let app = App::sign_in(&stage, "alice").await;
    let listed = list(&app).await;
    let linking = |target: &str| {
        let providers = listed.body["providers"].as_array().unwrap();
        providers.iter().find(|one| one["target"] == target).unwrap()["linking"].clone()
    };
    assert_eq!((linking(TARGET), linking("apple")), (json!("here"), json!("at_sign_in")));
    let begun = begin(&app, TARGET, Value::Null).await;
    let uri = url::Url::parse(&begun.uri).unwrap();
    let given =
        |name: &str| uri.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned());
    assert_eq!(given("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(given("state").as_deref(), Some(begun.state.as_str()));
    assert!(given("nonce").is_some_and(|nonce| nonce.len() >= 22));
    let link = come_back(&authorize(&stage, &begun.uri, "corp-42").await).await;
    stage.sandbox.clear_request_log();
    let linked = finish(&app, &link).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    let identity = identity(&stage);
    assert_eq!(identity["userId"], "corp-42");
    assert_eq!(identity["details"]["email"], "corp-42@provider.test");
    assert_eq!(identity["details"]["rawData"]["sub"], "corp-42");
    assert_eq!(stage.request_count_with("PUT"), 1);
    let log = stage.sandbox.request_log();
    assert!(!log.iter().any(|request| request.method == "POST" && request.path.ends_with("/identities")));
    assert_eq!(finish(&app, &link).await.outcome(), (410, "social_link_over"));
    let kept = records.texts("SELECT HEX(COALESCE(answer, code_flow, x'')) FROM social_links").await;
    assert_eq!(kept, [""], "nothing is left of the flow");
    let values = "SELECT new_values FROM journal WHERE action = 'social_link_finish' AND phase = 'intent'";
    assert_eq!(records.texts(values).await, [r#"{"identity:corp-id":"c… (7)"}"#]);
}

/// Authorizes at a provider that answers in a form. Returns the parameters of the deep link.
async fn come_back_by_form(stage: &Stage, uri: &str) -> Value {
    let person = ProviderAccount { id: "corp-42".to_owned(), ..ProviderAccount::default() };
    let back = stage.sandbox.providers().continue_as(uri, &person).await.unwrap();
    let form = back.form.unwrap();
    let answer = browse(browser().post(&back.url).header("origin", "null").form(&form)).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = browse(browser().get(answer.header("location"))).await;
    deep_link(&page.text)
}

#[tokio::test]
async fn r12_form_post_is_taken() {
    let stage = Stage::social_with(|config, sandbox| {
        let form = OpenIdProvider { response_mode: Some(ResponseMode::FormPost), ..provider(sandbox) };
        config.social.openid = vec![form];
    })
    .await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, TARGET, Value::Null).await;
    let linked = finish(&app, &come_back_by_form(&stage, &begun.uri).await).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    assert_eq!(identity(&stage)["userId"], "corp-42");
    assert!(identity(&stage)["details"].get("email").is_none(), "the provider knows none");
}

/// As Apple does it: a form, and a secret that the server signs.
#[tokio::test]
async fn r12_client_secret_is_signed_for_each_link() {
    let key = rcgen::KeyPair::generate().unwrap();
    let private_key = SecretOrigin::Value(SecretString::from(key.serialize_pem()));
    let stage = Stage::social_with(|config, sandbox| {
        let apple =
            ProviderSecret::Apple { team_id: "TEAM".to_owned(), key_id: "KEY".to_owned(), private_key };
        let form = Some(ResponseMode::FormPost);
        config.social.openid =
            vec![OpenIdProvider { client_secret: apple, response_mode: form, ..provider(sandbox) }];
    })
    .await;
    let public_key = STANDARD.encode(key.public_key_raw());
    let signs = json!({ "config": { "clientSecretKey": public_key, "teamId": "TEAM", "keyId": "KEY" } });
    stage.sandbox.patch_connector(TARGET, &signs);
    let app = App::sign_in(&stage, "alice").await;
    for (key_id, wanted) in [("KEY", (200, "")), ("OTHER", (422, "social_provider_failed"))] {
        stage.sandbox.patch_connector(TARGET, &json!({ "config": { "keyId": key_id } }));
        stage.sandbox.patch_user("alice", &json!({ "identities": {} }));
        let begun = begin(&app, TARGET, Value::Null).await;
        let link = come_back_by_form(&stage, &begun.uri).await;
        let linked = finish(&app, &link).await;
        assert_eq!(linked.outcome(), wanted, "{key_id}: {}", linked.text);
    }
}

#[tokio::test]
async fn r12_id_tokens_that_prove_nothing_are_refused() {
    for answer in [
        TokenAnswer::Refuse,
        TokenAnswer::Garbage,
        TokenAnswer::NoIdToken,
        TokenAnswer::WrongIssuer,
        TokenAnswer::WrongAudience,
        TokenAnswer::WrongNonce,
        TokenAnswer::WrongSignature,
        TokenAnswer::Unsigned,
        TokenAnswer::SharedSecret,
        TokenAnswer::WrongParty,
        TokenAnswer::SurplusAudience,
        TokenAnswer::NoNonce,
        TokenAnswer::NoSubject,
        TokenAnswer::Future,
        TokenAnswer::Expired,
    ] {
        let stage = Stage::social_with(configured).await;
        let app = App::sign_in(&stage, "alice").await;
        let link = answered(&stage, &app, "corp-42").await;
        order(&stage, answer);
        stage.sandbox.clear_request_log();
        let refused = finish(&app, &link).await;
        assert_eq!(refused.outcome(), (422, "social_provider_failed"), "{answer:?}: {}", refused.text);
        assert_eq!(stage.request_count("/api/users/alice0000001/identities"), 0, "{answer:?}");
        assert_eq!(finish(&app, &link).await.outcome(), (410, "social_link_over"), "{answer:?}");
    }
}

#[tokio::test]
async fn r12_other_signatures_and_unverified_addresses() {
    let stage = Stage::social_with(configured).await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, TARGET, Value::Null).await;
    let person = ProviderAccount {
        id: "corp-42".to_owned(),
        email: "corp-42@provider.test".to_owned(),
        email_unverified: true,
        ..ProviderAccount::default()
    };
    let back = stage.sandbox.providers().continue_as(&begun.uri, &person).await.unwrap();
    order(&stage, TokenAnswer::Es256);
    let linked = finish(&app, &come_back(&back.url).await).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    assert!(identity(&stage)["details"].get("email").is_none(), "the provider has not verified it");
}

#[tokio::test]
async fn b25_unreachable_provider_is_finished_later() {
    let stage = Stage::social_with(configured).await;
    let app = App::sign_in(&stage, "alice").await;
    let link = answered(&stage, &app, "corp-42").await;
    order(&stage, TokenAnswer::Unreachable);
    assert_eq!(finish(&app, &link).await.outcome(), (503, "social_provider_unreachable"));
    let overloaded = logto_sandbox::FaultAction::Status(503, None);
    stage.fault("provider:/corp-id/token", "POST", overloaded, Some(1));
    assert_eq!(finish(&app, &link).await.outcome(), (503, "social_provider_unreachable"));
    // The code is used now, but Logto does not answer: what the ID token has proven is kept.
    let down = logto_sandbox::FaultAction::Status(503, None);
    stage.fault("/identities/corp-id", "PUT", down, Some(1));
    assert_eq!(finish(&app, &link).await.outcome(), (503, "upstream_unavailable"));
    let linked = finish(&app, &link).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    assert_eq!(identity(&stage)["userId"], "corp-42");
}

#[tokio::test]
async fn b25_account_that_another_user_has_is_refused() {
    let stage = Stage::social_with(configured).await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.patch_user("bob", &json!({ "identities": { TARGET: { "userId": "corp-42" } } }));
    let link = answered(&stage, &app, "corp-42").await;
    assert_eq!(finish(&app, &link).await.outcome(), (409, "identifier_unavailable"));
    assert!(identity(&stage).is_null());
}

#[tokio::test]
async fn r12_another_client_or_issuer_stops_the_start() {
    for (change, reason) in [
        (json!({ "clientId": "another" }), "client_id is not that of Logto's connector"),
        (
            json!({ "idTokenVerificationConfig": { "issuer": "https://other.test" } }),
            "the issuer is not that",
        ),
    ] {
        let stage = Stage::social_with(|_, _| {}).await;
        let mut config = Config::for_loopback(
            &stage.sandbox.base_url(),
            &stage.sandbox.m2m_client_id(),
            &stage.sandbox.m2m_client_secret(),
            &stage.sandbox.native_client_id(),
        );
        configured(&mut config, &stage.sandbox);
        stage.sandbox.patch_connector(TARGET, &json!({ "config": change }));
        let refused = Server::bind_with_clock(config, std::sync::Arc::new(SystemClock)).await;
        let reason_given = refused.err().unwrap().to_string();
        assert!(reason_given.starts_with("social_openid: corp-id: "), "{reason_given}");
        assert!(reason_given.contains(reason), "{reason_given}");
    }
}

/// An administrator changes the connector while the server runs.
#[tokio::test]
async fn r12_connector_that_changed_is_not_used() {
    let stage = Stage::social_with(configured).await;
    let app = App::sign_in(&stage, "alice").await;
    let link = answered(&stage, &app, "corp-42").await;
    stage.sandbox.patch_connector(TARGET, &json!({ "config": { "clientId": "another" } }));
    stage.advance(61);
    assert_eq!(finish(&app, &link).await.outcome(), (409, "social_not_linkable"));
    let call = begin_call(TARGET, Value::Null);
    assert_eq!(app.call(&call).await.outcome(), (409, "social_not_linkable"));
}

#[tokio::test]
async fn b20_switched_account_of_an_openid_provider_is_restored() {
    let stage = Stage::social_with(configured).await;
    let app = App::sign_in(&stage, "alice").await;
    let link = answered(&stage, &app, "first").await;
    let key = finish(&app, &link).await.body["present"]["accounts"][0]["key"].clone();
    let begun = begin(&app, TARGET, key.clone()).await;
    let link = come_back(&authorize(&stage, &begun.uri, "second").await).await;
    let switched = finish(&app, &link).await;
    assert_eq!(switched.status, 200, "{}", switched.text);
    let present = switched.body["present"]["accounts"][0]["key"].clone();
    let restore =
        crate::support::app::Call::post("/social/restore", json!({ "key": key, "replaces": present }));
    assert_eq!(proven(&app, &restore).await.status, 200);
    assert_eq!(identity(&stage)["userId"], "first");
}
