//! Success statuses that Logto does not use, as a broken proxy in front of it may send them: they prove nothing, and
//! nothing counts as changed.

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::step_up::claims_of;
use crate::support::app::{App, Call, granted};
use crate::support::{Stage, change};

/// Returns the answers that a captive portal may send.
fn page() -> Value {
    json!("<html>sign in to the network</html>")
}

fn rename() -> Call {
    Call::patch("/username", change("username", "alice", "alice2"))
}

#[tokio::test]
async fn b40_other_success_proves_no_password_and_no_code() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&rename()).await;
    for status in [200, 201, 202, 206] {
        stage.fault("/password/verify", "POST", FaultAction::Status(status, Some(page())), Some(1));
        let proof = json!({ "nonce": nonce, "password": "wrong-wrong-1" });
        let answer = app.post("/step-up/password", proof).await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{status}: {}", answer.text);
    }
    let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    stage.fault("/verification-codes/verify", "POST", FaultAction::Status(200, Some(page())), Some(1));
    let proof = json!({ "nonce": nonce, "transaction": sent.body["transaction"], "code": "000000" });
    let answer = app.post("/step-up/code/confirm", proof).await;
    assert_eq!(answer.outcome(), (502, "upstream_failed"), "{}", answer.text);
}

#[tokio::test]
async fn b40_other_success_changes_no_password_and_no_profile() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = Call::put("/password", json!({ "password": "New-Password-77" }));
    let (nonce, _) = app.challenge(&call).await;
    let call = call.with_grant(&granted(&app.prove(&nonce).await));
    stage.fault("/check-password", "POST", FaultAction::Status(200, Some(page())), Some(1));
    assert_eq!(app.call(&call).await.outcome(), (502, "upstream_failed"), "the policy was not asked");
    stage.fault("/password", "PATCH", FaultAction::Status(200, Some(page())), Some(1));
    let answer = app.call(&call).await;
    assert_eq!(answer.outcome(), (502, "upstream_failed"), "{}", answer.text);
    for body in [page(), json!({}), json!({ "givenName": "Another" })] {
        stage.fault("/profile", "PATCH", FaultAction::Status(200, Some(body.clone())), Some(1));
        let answer = app.call(&Call::patch("/account/profile", change("given_name", "Alice", "A"))).await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{body}: {}", answer.text);
    }
}

/// Whether a fresh sign-in is granted whose session has these records.
async fn is_granted(records: &Value) -> bool {
    let stage = Stage::new().await;
    let app = App::of(&stage, "alice").await;
    let (nonce, _) = app.challenge(&rename()).await;
    let token = app.fresh_id_token(&nonce, "alice").await;
    let claims = claims_of(&token);
    let mut authorizations = json!({});
    authorizations[stage.sandbox.native_client_id()] = json!({ "sid": claims["sid"], "grantId": "g" });
    let payload = json!({
        "uid": "s1", "iat": 1, "exp": 4_000_000_000_u64, "loginTs": claims["auth_time"],
        "authorizations": authorizations
    });
    let session = json!({ "payload": payload, "lastSubmission": { "verificationRecords": records } });
    let answer = FaultAction::Status(200, Some(json!({ "sessions": [session] })));
    stage.fault("/sessions", "GET", answer, None);
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": token })).await;
    answer.body["kind"] == "granted"
}

/// A session with a record that is not understood proves nothing, whatever other records it has.
#[tokio::test]
async fn b42_record_of_an_unexpected_type_proves_nothing() {
    let good = json!({ "type": "Password", "verified": true });
    assert!(is_granted(&json!([good])).await);
    for record in [
        json!({ "type": "Password", "verified": "true" }),
        json!({ "type": ["Password"], "verified": true }),
        json!({ "type": "Social", "connectorId": 5, "socialUserInfo": { "id": 7 } }),
        json!({ "type": "EnterpriseSso", "connectorId": [] }),
        json!({ "type": "EmailVerificationCode", "verified": true, "identifier": ["alice@example.test"] }),
        json!("Password"),
    ] {
        assert!(!is_granted(&json!([record, good])).await, "{record}");
    }
}
