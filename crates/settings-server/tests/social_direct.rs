//! Links whose provider answers to the app's private scheme (B25).

use logto_sandbox::{ProviderAnswer, ProviderOrder, Sandbox};
use serde_json::{Value, json};
use settings_server::config::Config;

use crate::social_link::{VERIFIER, authorize, begin, begin_call, browse, browser};
use crate::support::Stage;
use crate::support::app::{App, Call, secret};

fn direct(config: &mut Config, _: &Sandbox) {
    config.social.direct = vec!["mock-social".to_owned()];
}

fn finish(state: &str, answer: Value) -> Call {
    let body = json!({ "state": state, "verifier": secret(VERIFIER), "answer": answer });
    Call::post("/social/link/finish", body)
}

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(other, _)| other == name).unwrap().1.into_owned()
}

fn account(stage: &Stage) -> Value {
    stage.sandbox.user_json("alice")["identities"]["mock-social"]["userId"].clone()
}

#[tokio::test]
async fn b25_account_is_linked_by_a_code_that_the_app_brings() {
    let stage = Stage::social_with(direct).await;
    let app = App::sign_in(&stage, "alice").await;
    let call = begin_call("mock-social", Value::Null);
    let begun = app.call(&call.with_grant(&app.grant(&call).await)).await;
    let redirect_uri = begun.body["direct_redirect_uri"].as_str().unwrap();
    assert!(redirect_uri.starts_with("app.latchkey.dev://social/"), "{redirect_uri}");
    let answer = authorize(&stage, begun.body["authorization_uri"].as_str().unwrap(), "account-42").await;
    assert!(answer.starts_with(redirect_uri), "{answer}");
    let (state, code) = (parameter(&answer, "state"), parameter(&answer, "code"));
    assert_eq!(begun.body["state"], state.as_str());

    stage.sandbox.clear_request_log();
    for (case, call) in [
        ("a handle", finish(&state, json!({ "handle": secret("handle") }))),
        ("another state", finish(&secret("state"), json!({ "code": code }))),
    ] {
        assert_eq!(app.call(&call).await.outcome(), (410, "social_link_over"), "{case}");
    }
    for code in [String::new(), "x".repeat(9_000)] {
        let refused = app.call(&finish(&state, json!({ "code": code }))).await;
        assert_eq!(refused.outcome(), (422, "invalid_value"));
    }
    assert_eq!(stage.request_count("/identities"), 0);
    let linked = app.call(&finish(&state, json!({ "code": code }))).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    assert_eq!(account(&stage), "account-42");
    let again = app.call(&finish(&state, json!({ "code": code }))).await;
    assert_eq!(again.outcome(), (410, "social_link_over"));
}

#[tokio::test]
async fn b25_refusal_that_the_app_brings_ends_the_link() {
    for (answer, outcome) in
        [("declined", (422, "social_declined")), ("failed", (422, "social_provider_failed"))]
    {
        let stage = Stage::social_with(direct).await;
        let app = App::sign_in(&stage, "alice").await;
        let begun = begin(&app, "mock-social", Value::Null).await;
        stage.sandbox.clear_request_log();
        assert_eq!(app.call(&finish(&begun.state, json!(answer))).await.outcome(), outcome);
        assert_eq!(app.call(&finish(&begun.state, json!(answer))).await.outcome(), (410, "social_link_over"));
        assert_eq!(stage.request_count("/identities"), 0);
    }
}

/// The server's callback takes no answer that is for the app, and the app brings none that the server waits for.
#[tokio::test]
async fn b25_answer_comes_the_way_that_was_agreed_on() {
    let stage = Stage::social_with(direct).await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "mock-social", Value::Null).await;
    let answer = authorize(&stage, &begun.uri, "account-42").await;
    let (connector, query) = answer.rsplit_once('/').unwrap().1.split_once('?').unwrap();
    let callback = format!("{}/callback/social/{connector}?{query}", stage.server.base_url());
    assert_eq!(browse(browser().get(callback)).await.status, 303, "as for any state");
    let code = json!({ "code": parameter(&answer, "code") });
    let linked = app.call(&finish(&begun.state, code)).await;
    assert_eq!(linked.status, 200, "it is still open: {}", linked.text);

    let relayed = begin(&app, "github", Value::Null).await;
    let answer = authorize(&stage, &relayed.uri, "account-43").await;
    stage.sandbox.clear_request_log();
    let code = json!({ "code": parameter(&answer, "code") });
    for answer in [code, json!("declined")] {
        let refused = app.call(&finish(&relayed.state, answer)).await;
        assert_eq!(refused.outcome(), (410, "social_link_over"));
    }
    assert_eq!(stage.request_count("/identities"), 0);
}

#[tokio::test]
async fn b25_code_of_the_app_serves_until_the_provider_answers() {
    let stage = Stage::social_with(direct).await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "mock-social", Value::Null).await;
    let answer = authorize(&stage, &begun.uri, "account-42").await;
    let call = finish(&begun.state, json!({ "code": parameter(&answer, "code") }));
    let failed = json!({ "message": "fetch failed" });
    stage.fault("/identities", "POST", logto_sandbox::FaultAction::Status(500, Some(failed)), Some(1));
    assert_eq!(app.call(&call).await.outcome(), (503, "social_provider_unreachable"));
    assert_eq!(app.call(&call).await.status, 200);
    assert_eq!(account(&stage), "account-42");
}

#[tokio::test]
async fn b25_provider_that_declines_sends_its_error_to_the_app() {
    let stage = Stage::social_with(direct).await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "mock-social", Value::Null).await;
    stage.sandbox.providers().push(ProviderOrder {
        provider: "mock-social".to_owned(),
        answer: ProviderAnswer::Refuse,
        times: Some(1),
    });
    let answer = authorize(&stage, &begun.uri, "account-42").await;
    assert!(answer.starts_with("app.latchkey.dev://social/"), "{answer}");
    assert_eq!(parameter(&answer, "error"), "access_denied");
}
