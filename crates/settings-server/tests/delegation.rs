//! Tokens with an `act` claim (RFC 8693 §4.1), as a token exchange issues them to a party that acts for a user: they
//! may read only (B3).

use serde_json::{Value, json};
use settings_server::config::PublicUrl;

use crate::support::app::App;
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage, read};

/// Returns every form in which the claim may come. What it holds does not matter.
fn acts() -> [Value; 5] {
    [
        json!({ "sub": "support-agent" }),
        json!({ "sub": "second", "act": { "sub": "first" } }),
        json!({}),
        json!("support-agent"),
        Value::Null,
    ]
}

fn token(stage: &Stage, act: Option<&Value>) -> String {
    let mut claims = stage.claims("alice", ALL_SCOPES);
    if let Some(act) = act {
        claims["act"] = act.clone();
    }
    stage.mint(&claims, &json!({}))
}

/// Sends a request to every route that needs a token.
async fn ask_all(stage: &Stage, token: &str) -> Vec<(&'static str, &'static str, Answer)> {
    let public_url = PublicUrl::parse(stage.server.base_url()).unwrap();
    let mut answers = Vec::new();
    for route in settings_server::routes().into_iter().filter(|route| !route.scopes.is_empty()) {
        let url =
            format!("{}{}", public_url.origin(), route.full_path(&public_url).replace("{id}", "some-id"));
        let request = stage.http.request(route.method.parse().unwrap(), url).bearer_auth(token);
        let request = request.header("latchkey-instance", crate::support::app::secret("instance of alice"));
        answers.push((route.operation, route.method, read(request.json(&json!({}))).await));
    }
    answers
}

#[tokio::test]
async fn b3_a_token_of_a_delegate_reads_and_changes_nothing() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    // The user's own app has introduced the instance that the delegate shows.
    App::of(&stage, "alice").await;
    let before = stage.sandbox.user_json("alice");
    for act in acts() {
        let token = token(&stage, Some(&act));
        stage.sandbox.clear_request_log();
        // Twice: a verified token is remembered.
        for _ in 0..2 {
            for (operation, method, answer) in ask_all(&stage, &token).await {
                if method == "GET" {
                    assert_eq!(answer.status, 200, "{operation} with {act}: {}", answer.text);
                } else {
                    assert_eq!(
                        answer.outcome(),
                        (403, "read_only_token"),
                        "{operation} with {act}: {}",
                        answer.text
                    );
                }
            }
        }
        let asked = stage.sandbox.request_log();
        let writes =
            asked.iter().filter(|request| request.path.starts_with("/api/") && request.method != "GET");
        assert_eq!(writes.count(), 0, "Logto was asked to change nothing");
    }
    assert_eq!(stage.sandbox.user_json("alice"), before);
    assert!(stage.sandbox.outbox().is_empty());
    assert_eq!(records.journal().await, ["event instance introduced"]);
    for table in ["SELECT kind FROM verification_transactions", "SELECT purpose FROM step_up_challenges"] {
        assert!(records.texts(table).await.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn b3_own_token_of_a_user_is_not_a_delegates() {
    let stage = Stage::new().await;
    for (operation, _, answer) in ask_all(&stage, &token(&stage, None)).await {
        assert_ne!(answer.code(), "read_only_token", "{operation}");
    }
    // A fault of the token comes first: a client with a bad token learns nothing more.
    let mut claims = stage.claims("alice", ALL_SCOPES);
    claims["act"] = json!({ "sub": "support-agent" });
    claims["exp"] = json!(1);
    let expired = stage.mint(&claims, &json!({}));
    for (operation, _, answer) in ask_all(&stage, &expired).await {
        assert_eq!(answer.outcome(), (401, "unauthorized"), "{operation}");
    }
}
