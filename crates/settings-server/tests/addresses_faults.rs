//! B20 and B40 for e-mail address and phone number: what Logto's failures leave behind, and requests that come twice.

use logto_sandbox::FaultAction;
use serde_json::json;

use crate::support::addresses::{BOTH, burn, newest_code, wrong};
use crate::support::app::{App, Call};
use crate::support::{Answer, Stage};

const KEY: &str = "0123456789-test-key";

fn writes(stage: &Stage) -> usize {
    stage.request_count_with("PATCH")
}

#[tokio::test]
async fn b20_what_logto_answers_decides_the_outcome() {
    for kind in BOTH {
        let taken = json!({ "code": format!("user.{}_already_in_use", kind.field) });
        for (action, code, settled) in [
            (FaultAction::Status(422, Some(taken)), "identifier_unavailable", "refused"),
            (
                FaultAction::Status(422, Some(json!({ "code": "entity.value_too_long" }))),
                "invalid_value",
                "refused",
            ),
            (FaultAction::Status(429, None), "upstream_unavailable", "failed"),
            (FaultAction::Status(500, None), "upstream_failed", "undone"),
            (FaultAction::Drop, "upstream_unavailable", "undone"),
            (FaultAction::Hang, "upstream_unavailable", "undone"),
            (FaultAction::HangAfter, "upstream_unavailable", "done"),
        ] {
            for removal in [false, true] {
                let (stage, records) = Stage::impatient().await;
                let app = App::sign_in(&stage, "alice").await;
                let call = if removal {
                    let call = kind.remove(kind.present);
                    call.with_grant(&app.grant(&call).await)
                } else {
                    let sent = kind.send(&app, kind.typed).await;
                    kind.confirm(&sent, &newest_code(&stage))
                };
                stage.fault("/api/users/", "PATCH", action.clone(), Some(1));
                let answer = app.call(&call).await;
                let case = format!("{} {action:?} {removal}: {}", kind.field, answer.text);
                assert_eq!(answer.code(), code, "{case}");
                let is_known = matches!(settled, "refused" | "failed");
                assert_eq!(records.open().await, usize::from(!is_known), "{case}");
                stage.advance(20);
                stage.server.run_jobs().await;
                assert_eq!(
                    (records.open().await, records.results().await),
                    (0, vec![settled.to_owned()]),
                    "{case}"
                );
                let wanted = match (settled == "done", removal) {
                    (false, _) => json!(kind.present),
                    (true, false) => json!(kind.new),
                    (true, true) => json!(null),
                };
                assert_eq!(kind.of(&app), wanted, "{case}");
                let notified = records.texts("SELECT id FROM outbox").await.len();
                let both = kind.field == "email" && !removal;
                let wanted = if settled == "done" { 1 + usize::from(both) } else { 0 };
                assert_eq!(notified, wanted, "{case}: the notices were settled before");
            }
        }
    }
}

#[tokio::test]
async fn b31_audit_log_records_the_change_masked() {
    for kind in BOTH {
        let (stage, records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        assert_eq!(kind.change(&app, kind.typed).await.status, 200);
        let call = kind.remove(kind.new);
        assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.status, 200);
        let (confirm, remove) = (format!("{}_confirm", kind.field), format!("{}_remove", kind.field));
        let journal: Vec<String> =
            records.journal().await.into_iter().filter(|line| !line.starts_with("event")).collect();
        assert_eq!(
            journal,
            [
                format!("intent {confirm}"),
                format!("outcome {confirm} done"),
                format!("intent {remove}"),
                format!("outcome {remove} done")
            ]
        );
        let values = "SELECT coalesce(old_values, '') || coalesce(new_values, '') FROM journal";
        let values = records.texts(values).await.join("\n");
        assert!(values.contains(kind.field) && values.contains('…'), "{values}");
        for clear in [kind.present, kind.new] {
            assert!(!values.contains(clear), "{values}");
        }
    }
}

#[tokio::test]
async fn b20_a_confirmed_request_is_answered_from_a_fresh_read() {
    for kind in BOTH {
        let (stage, _records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let call = kind.confirm(&sent, &newest_code(&stage)).with_key(KEY);
        for _ in 0..3 {
            let answer = app.call(&call).await;
            assert_eq!(
                (answer.status, &answer.body[kind.field]["value"]),
                (200, &json!(kind.new)),
                "{}",
                answer.text
            );
        }
        assert_eq!(writes(&stage), 1);

        let call = kind.remove(kind.new);
        let call = call.with_grant(&app.grant(&call).await).with_key("another-key-0123456789");
        assert_eq!(app.call(&call).await.status, 200);
        stage.sandbox.patch_user("alice", &json!({ kind.stored: kind.new }));
        let answer = app.call(&call).await;
        assert_eq!(
            (answer.status, &answer.body[kind.field]["value"]),
            (200, &json!(kind.new)),
            "{}",
            answer.text
        );
        assert_eq!(writes(&stage), 2);
    }
}

/// A transient fault costs neither the code nor the proof: the same request continues where it was interrupted.
#[tokio::test]
async fn b20_interrupted_confirmation_continues_when_repeated() {
    for kind in BOTH {
        for (path, method, action) in [
            ("/api/sign-in-exp", "GET", FaultAction::Status(500, None)),
            ("/api/sso-connectors", "GET", FaultAction::Status(503, None)),
            ("/api/users/", "PATCH", FaultAction::Status(429, None)),
            ("/api/users/", "PATCH", FaultAction::Drop),
            ("/api/users/", "PATCH", FaultAction::HangAfter),
        ] {
            let (stage, records) = Stage::impatient().await;
            let app = App::sign_in(&stage, "alice").await;
            let sent = kind.send(&app, kind.typed).await;
            stage.advance(61);
            let call = kind.confirm(&sent, &newest_code(&stage)).with_key(KEY);
            let case = format!("{} {method} {path} {action:?}", kind.field);
            stage.fault(path, method, action, Some(1));
            let failed = app.call(&call).await;
            assert!(matches!(failed.status, 502 | 503), "{case}: {}", failed.text);
            let answer = app.call(&call).await;
            assert_eq!(
                (answer.status, &answer.body[kind.field]["value"]),
                (200, &json!(kind.new)),
                "{case}: {}",
                answer.text
            );
            assert_eq!((kind.of(&app), records.open().await), (json!(kind.new), 0), "{case}");
            let notified = records.texts("SELECT id FROM outbox").await.len();
            assert_eq!(
                notified,
                if kind.field == "email" { 2 } else { 1 },
                "{case}: every address is notified once"
            );
            let other = kind.confirm(&sent, &newest_code(&stage)).with_key("another-key-0123456789");
            assert_eq!(app.call(&other).await.code(), "code_expired", "{case}: it is used");
        }
    }
}

/// What a code has proven belongs to the operation it was used for.
#[tokio::test]
async fn b11_proven_code_is_not_valid_for_another_operation() {
    for kind in BOTH {
        let (stage, _records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        stage.fault("/api/users/", "PATCH", FaultAction::Status(429, None), Some(1));
        let call = kind.confirm(&sent, &code).with_key(KEY);
        assert_eq!(app.call(&call).await.code(), "upstream_unavailable");
        let other = app.call(&call.with_key("another-key-0123456789")).await;
        assert_eq!(other.code(), "code_expired", "{}", other.text);
        let mut elsewhere = App::of(&stage, "alice").await;
        elsewhere.become_another("another instance").await;
        assert_eq!(elsewhere.call(&call).await.code(), "code_expired", "another app instance");
        let forged = kind.confirm(&sent, &wrong(&code)).with_key(KEY);
        assert_eq!(app.call(&forged).await.outcome(), (422, "invalid_value"), "the key is another request's");
        assert_eq!(app.call(&call).await.status, 200);
    }
}

/// A code that Logto could not check is not a wrong one.
#[tokio::test]
async fn b13_try_that_failed_upstream_does_not_count() {
    for kind in BOTH {
        let (stage, _records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let call = kind.confirm(&sent, &newest_code(&stage));
        for action in [FaultAction::Status(429, None), FaultAction::Status(500, None), FaultAction::Drop] {
            for _ in 0..3 {
                stage.fault("/api/verification-codes/verify", "POST", action.clone(), Some(1));
                let answer = app.call(&call).await;
                assert!(matches!(answer.status, 502 | 503), "{action:?}: {}", answer.text);
            }
        }
        assert_eq!(app.call(&call).await.status, 200);
    }
}

#[tokio::test]
async fn b8_repeated_request_for_a_code_is_one_operation() {
    for kind in BOTH {
        let (stage, _records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let call = kind.set(kind.present, kind.typed).with_key(KEY);
        let call = call.with_grant(&app.grant(&call).await);
        let first = app.call(&call).await;
        let again = app.call(&call).await;
        assert_eq!((first.status, again.status), (200, 200), "{} {}", first.text, again.text);
        assert_ne!(first.body["transaction"], again.body["transaction"]);
        burn(&app, &call.path, &again).await;
        let other = app.call(&call.with_key("another-key-0123456789")).await;
        assert_eq!(other.code(), "step_up_required", "another operation has no proof");
        let again = app.call(&call).await;
        assert_eq!(again.status, 200, "the same one has: {}", again.text);
        let answer = app.call(&kind.confirm(&again, &newest_code(&stage))).await;
        assert_eq!(answer.status, 200, "the newest code is valid: {}", answer.text);
    }
}

#[tokio::test]
async fn b40_a_code_that_logto_cannot_send_costs_no_proof() {
    for kind in BOTH {
        let (stage, _records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let call = kind.set(kind.present, kind.typed);
        let call = call.with_grant(&app.grant(&call).await);
        let outcome = async |action: FaultAction| -> Answer {
            stage.fault("/api/verification-codes", "POST", action, Some(1));
            app.call(&call).await
        };
        let answer = outcome(FaultAction::Status(500, None)).await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{}", answer.text);
        let answer = outcome(FaultAction::Drop).await;
        assert_eq!(answer.outcome(), (503, "upstream_unavailable"), "{}", answer.text);
        let refused = json!({ "code": "guard.invalid_input" });
        let answer = outcome(FaultAction::Status(400, Some(refused))).await;
        assert_eq!((answer.outcome(), &answer.body["field"]), ((422, "invalid_value"), &json!(kind.member)));
        let sent = app.call(&call).await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        // One that is sent again, neither.
        let again = kind.set(kind.present, kind.typed);
        stage.fault("/api/verification-codes", "POST", FaultAction::Status(500, None), Some(1));
        assert_eq!(app.call(&again).await.outcome(), (502, "upstream_failed"));
        let sent = app.call(&again).await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        assert_eq!(app.call(&kind.confirm(&sent, &newest_code(&stage))).await.status, 200);
        stage.sandbox.patch_user("alice", &json!({ kind.stored: kind.present }));
        assert_eq!(app.call(&call).await.code(), "step_up_required", "now it is used");
    }
}

#[tokio::test]
async fn b20_without_its_own_records_the_server_changes_nothing() {
    for kind in BOTH {
        let (stage, records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        let removal = kind.remove(kind.present);
        let removal = removal.with_grant(&app.grant(&removal).await);
        records
            .run("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'full'); END")
            .await;
        for call in [kind.confirm(&sent, &code), removal] {
            let answer: Answer = app.call(&call).await;
            assert_eq!(answer.outcome(), (503, "store_unavailable"), "{}: {}", call.path, answer.text);
        }
        assert_eq!((writes(&stage), kind.of(&app)), (0, json!(kind.present)));
    }
}

/// Of two confirmations at once, one makes the change.
#[tokio::test]
async fn b20_of_two_changes_at_once_one_wins() {
    for kind in BOTH {
        let (stage, records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let first = kind.send(&app, kind.typed).await;
        let first = kind.confirm(&first, &newest_code(&stage));
        let second = kind.send(&app, kind.other).await;
        let second: Call = kind.confirm(&second, &newest_code(&stage));
        let (one, two) = tokio::join!(app.call(&first), app.call(&second));
        let mut outcomes = [one.status, two.status];
        outcomes.sort_unstable();
        assert_eq!(outcomes, [200, 409], "{} {}", one.text, two.text);
        assert_eq!((writes(&stage), records.results().await), (1, vec!["done".to_owned()]));
    }
}
