//! Linking a social account: begun by the app, answered by a browser, finished by the same app (B20, B25, B26, B27).

use logto_sandbox::{FaultAction, ProviderAccount, ProviderAnswer, ProviderOrder};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::support::app::{App, Call, secret};
use crate::support::{Answer, Stage};

/// A link that was begun.
pub(crate) struct Begun {
    pub(crate) state: String,
    pub(crate) uri: String,
}

pub(crate) const VERIFIER: &str = "verifier";

pub(crate) fn begin_call(target: &str, replaces: Value) -> Call {
    // The hash is that of the verifier's own text.
    let hash = secret(&secret(VERIFIER));
    Call::post("/social/link", json!({ "target": target, "replaces": replaces, "verifier_hash": hash }))
}

pub(crate) async fn begin(app: &App<'_>, target: &str, replaces: Value) -> Begun {
    let call = begin_call(target, replaces);
    let begun = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let text = |name: &str| begun.body[name].as_str().unwrap().to_owned();
    Begun { state: text("state"), uri: text("authorization_uri") }
}

/// Returns an answer of the server to a browser, without following it.
pub(crate) async fn browse(request: reqwest::RequestBuilder) -> Answer {
    crate::support::read(request).await
}

pub(crate) fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().unwrap()
}

/// Continues at the provider with an account, and returns where the browser is sent.
pub(crate) async fn authorize(stage: &Stage, uri: &str, account: &str) -> String {
    let account = ProviderAccount {
        id: account.to_owned(),
        email: format!("{account}@provider.test"),
        name: "Alice at work".to_owned(),
        email_unverified: false,
    };
    stage.sandbox.providers().continue_as(uri, &account).await.unwrap().url
}

/// Opens a callback and the page behind it. Returns the parameters of the deep link.
pub(crate) async fn come_back(url: &str) -> Value {
    let answer = browse(browser().get(url)).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = browse(browser().get(answer.header("location"))).await;
    assert_eq!(page.status, 200, "{}", page.text);
    deep_link(&page.text)
}

/// Reads the deep link of a page.
pub(crate) fn deep_link(page: &str) -> Value {
    let (_, rest) = page.split_once("<a href=\"").unwrap();
    let link = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    let query = link.strip_prefix("app.latchkey.dev://social?").unwrap();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), value.into())).collect())
}

pub(crate) fn finish_call(deep_link: &Value) -> Call {
    let body = json!({
        "state": deep_link["state"], "answer": { "handle": deep_link["handle"] }, "verifier": secret(VERIFIER)
    });
    Call::post("/social/link/finish", body)
}

async fn finish(app: &App<'_>, deep_link: &Value) -> Answer {
    app.call(&finish_call(deep_link)).await
}

fn account(stage: &Stage, target: &str) -> Value {
    stage.sandbox.user_json("alice")["identities"][target]["userId"].clone()
}

fn order(stage: &Stage, answer: ProviderAnswer) {
    stage.sandbox.providers().push(ProviderOrder {
        provider: "mock-social".to_owned(),
        answer,
        times: Some(1),
    });
}

#[tokio::test]
async fn b25_account_is_linked_through_the_relay() {
    for target in ["mock-social", "github", "google"] {
        let (stage, records) = Stage::social().await;
        let app = App::sign_in(&stage, "alice").await;
        let begun = begin(&app, target, Value::Null).await;
        let callback = authorize(&stage, &begun.uri, "account-42").await;
        assert!(callback.starts_with(&format!("{}/callback/social/", stage.server.base_url())), "{callback}");
        let link = come_back(&callback).await;
        assert_eq!(link["state"], begun.state.as_str());
        let linked = finish(&app, &link).await;
        assert_eq!((linked.status, &linked.body["target"]), (200, &json!(target)), "{}", linked.text);
        assert_eq!(account(&stage, target), "account-42");
        let shown = &linked.body["present"]["accounts"][0];
        assert_eq!((&shown["name"], &shown["linked_at"].is_u64()), (&json!("Alice at work"), &true));
        let again = finish(&app, &link).await;
        assert_eq!(again.outcome(), (410, "social_link_over"), "an answer is used once");
        let values =
            records.texts("SELECT new_values FROM journal WHERE action = 'social_link_finish'").await;
        assert!(values.iter().all(|text| !text.contains("account-42")), "{values:?}");
    }
}

#[tokio::test]
async fn b25_switch_replaces_the_account_that_was_seen() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.patch_user("alice", &json!({ "identities": { "mock-social": { "userId": "old" } } }));
    let refused = app.call(&begin_call("mock-social", Value::Null)).await;
    assert_eq!(refused.outcome(), (409, "conflict"), "nothing is replaced without a word");
    let listed = app.call(&Call::new(reqwest::Method::GET, "/social")).await;
    let begun = begin(&app, "mock-social", listed.body["accounts"][0]["key"].clone()).await;
    let link = come_back(&authorize(&stage, &begun.uri, "new").await).await;
    stage.sandbox.patch_user("alice", &json!({ "identities": { "mock-social": { "userId": "other" } } }));
    assert_eq!(finish(&app, &link).await.outcome(), (409, "conflict"));
    assert_eq!(account(&stage, "mock-social"), "other");
}

#[tokio::test]
async fn b25_account_of_another_user_is_refused() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.patch_user("bob", &json!({ "identities": { "github": { "userId": "account-42" } } }));
    let begun = begin(&app, "github", Value::Null).await;
    let link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
    let refused = finish(&app, &link).await;
    assert_eq!(refused.outcome(), (409, "identifier_unavailable"), "{}", refused.text);
    assert!(!refused.text.contains("bob"));
}

/// What providers answer otherwise never reaches Logto.
#[tokio::test]
async fn b25_refusals_and_hostile_answers_are_not_passed_on() {
    for (answer, outcome) in [
        (ProviderAnswer::Refuse, (422, "social_declined")),
        (ProviderAnswer::Error("server_error".to_owned()), (422, "social_provider_failed")),
        (ProviderAnswer::DoubledCode, (422, "social_provider_failed")),
        (ProviderAnswer::NoCode, (422, "social_provider_failed")),
    ] {
        let (stage, _) = Stage::social().await;
        let app = App::sign_in(&stage, "alice").await;
        let begun = begin(&app, "mock-social", Value::Null).await;
        order(&stage, answer.clone());
        let link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
        stage.sandbox.clear_request_log();
        assert_eq!(finish(&app, &link).await.outcome(), outcome, "{answer:?}");
        assert_eq!(stage.request_count("/identities"), 0, "{answer:?}");
        assert_eq!(finish(&app, &link).await.outcome(), (410, "social_link_over"), "{answer:?}");
    }
}

#[tokio::test]
async fn b25_surplus_parameters_are_dropped() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "mock-social", Value::Null).await;
    order(&stage, ProviderAnswer::ExtraParameters);
    let link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
    assert_eq!(finish(&app, &link).await.status, 200);
    assert_eq!(account(&stage, "mock-social"), "account-42", "the code alone says who it is");
}

#[tokio::test]
async fn b20_unreachable_provider_leaves_the_link_open() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
    let unreachable = FaultAction::Status(500, Some(json!({ "message": "fetch failed" })));
    stage.fault("/identities", "POST", unreachable, Some(1));
    let failed = finish(&app, &link).await;
    assert_eq!(failed.outcome(), (503, "social_provider_unreachable"), "{}", failed.text);
    let linked = finish(&app, &link).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    assert_eq!(account(&stage, "github"), "account-42");
}

#[tokio::test]
async fn b20_repeated_finish_links_once() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
    let call = finish_call(&link).with_key("finish-github-0001");
    let (first, again) = (app.call(&call).await, app.call(&call).await);
    assert_eq!((first.status, again.status), (200, 200), "{}", again.text);
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn b25_connectors_that_cannot_be_used_are_not_begun() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    for target in ["apple", "corp-id", "alipay", "unknown"] {
        let refused = app.call(&begin_call(target, Value::Null)).await;
        assert_eq!(refused.outcome(), (409, "social_not_linkable"), "{target}");
    }
    let listed = app.call(&Call::new(reqwest::Method::GET, "/social")).await;
    let linking = |target: &str| {
        let providers = listed.body["providers"].as_array().unwrap();
        providers.iter().find(|provider| provider["target"] == target).unwrap()["linking"].clone()
    };
    assert_eq!((linking("apple"), linking("alipay")), (json!("at_sign_in"), json!("on_phone")));
}

/// Logto refuses a sign-in with an account whose address an enterprise connector owns, and the new account may be one.
#[tokio::test]
async fn b17_last_sign_in_method_is_not_switched() {
    let (stage, _) = Stage::social().await;
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    let app = App::sign_in(&stage, "bob").await;
    let alone = json!({
        "identities": { "mock-social": { "userId": "old" } }, "primaryEmail": null, "primaryPhone": null
    });
    stage.sandbox.patch_user("bob", &alone);
    let listed = app.call(&Call::new(reqwest::Method::GET, "/social")).await;
    let call = begin_call("mock-social", listed.body["accounts"][0]["key"].clone());
    assert_eq!(app.call(&call).await.outcome(), (401, "step_up_required"), "the password is another method");
    stage.sandbox.patch_user("bob", &json!({ "hasPassword": false }));
    assert_eq!(app.call(&call).await.outcome(), (409, "last_sign_in_method"));
}

#[tokio::test]
async fn b31_link_and_switch_are_recorded_with_what_was_there() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let link = come_back(&authorize(&stage, &begun.uri, "first").await).await;
    let key = finish(&app, &link).await.body["present"]["accounts"][0]["key"].clone();
    let begun = begin(&app, "github", key).await;
    let link = come_back(&authorize(&stage, &begun.uri, "second").await).await;
    assert_eq!(finish(&app, &link).await.status, 200);
    let values = "SELECT old_values FROM journal WHERE action = 'social_link_finish' AND phase = 'intent' ORDER BY seq";
    let wanted = [r#"{"new_identity:github":null}"#, r#"{"new_identity:github":"f… (5)"}"#];
    assert_eq!(records.texts(values).await, wanted);
}
