//! B20: a change that was begun is finished or settled.

use std::sync::Arc;
use std::time::Duration;

use logto_sandbox::FaultAction;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Stage, column, context, count};
use crate::audit_log::{AuditContext, AuditField, AuditLogReport, record, verify};
use crate::changes::{AccountChange, ChangeContext, Intent, Outcome};
use crate::error::Failure;
use crate::http::router::Operation;
use crate::jobs;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::store::Statement;
use crate::store::databases::on_both;

/// The operation of the changes.
const CHANGE: Operation =
    Operation { name: "test_change", needs_proof: false, needs_instance: false, idempotent: true };
const RESULTS: &str = "SELECT result FROM journal ORDER BY at, user_id, seq";
const OPEN: &str = "SELECT COUNT(*) FROM intents";
const QUEUED: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'queued'";

impl Stage {
    /// Begins a change and interrupts it, as a killed process would.
    async fn cut_off(&self, context: AuditContext, intent: Intent) {
        let work = move |change: ChangeContext<AuditContext>| async move {
            let operation = change.begin(intent).await?;
            drop(operation);
            Ok::<_, Failure>(())
        };
        AccountChange::new(&self.state, context, CHANGE).run(work).await.unwrap();
    }

    async fn finish(&self, context: AuditContext, intent: Intent, outcome: Outcome) {
        let work = move |change: ChangeContext<AuditContext>| async move {
            change.begin(intent).await?.finish(outcome).await;
            Ok::<_, Failure>(())
        };
        AccountChange::new(&self.state, context, CHANGE).run(work).await.unwrap();
    }

    /// Lets the request's time pass and settles.
    async fn settle(&self) {
        self.clock.advance_ms(u64::try_from(self.state.config.limits.request_timeout.as_millis()).unwrap());
        jobs::run_once(&self.state).await;
    }

    async fn notification(&self, context: &AuditContext) -> Notification {
        let user = self.state.find_user(&context.user).await.unwrap().unwrap();
        Notification::about(NoticeKind::SignInEmailChanged, &user).also("canary-new@example.test")
    }
}

fn field(text: &str) -> AuditField {
    text.parse().unwrap()
}

fn name(value: impl Into<Value>) -> Intent {
    Intent::default().expecting(AuditField::Name, "before", value.into())
}

#[tokio::test]
async fn b20_each_outcome_is_recorded_and_only_applied_is_notified() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        for (outcome, result, open, queued) in [
            (Outcome::Refused, "refused", 0, 0),
            (Outcome::Failed, "failed", 0, 0),
            (Outcome::NotApplied, "undone", 0, 0),
            (Outcome::Applied, "done", 0, 2),
            (Outcome::PartiallyApplied, "partly", 0, 4),
            (Outcome::Unknown, "NULL", 1, 4),
        ] {
            let intent = name("New").notifying(stage.notification(&alice).await);
            stage.finish(alice.clone(), intent, outcome).await;
            let store = &stage.state.store;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result);
            assert_eq!(count(store, OPEN).await, open, "{outcome:?}");
            assert_eq!(count(store, QUEUED).await, queued, "{outcome:?}");
        }
        let whole = verify(&*stage.state.store.database).await.unwrap();
        assert_eq!(whole, AuditLogReport::Whole { chains: 1, rows: 11 });
    })
    .await;
}

#[tokio::test]
async fn b20_interrupted_change_is_settled_by_reading_logto() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let store = &stage.state.store;
        let alice = stage.alice();
        let cases = [
            ("name", json!("Alice Example"), "done"),
            ("name", json!("Somebody Else"), "undone"),
            ("name", json!(null), "undone"),
            ("avatar", json!(null), "done"),
            ("avatar", json!("https://pictures.example.test/a.png"), "undone"),
            ("profile:nickname", json!("Al"), "done"),
            ("profile:nickname", json!(null), "undone"),
            ("profile:middle_name", json!(null), "done"),
            ("preference:theme", json!(null), "done"),
            ("preference:theme", json!("dark"), "undone"),
            ("session:nowhere", json!(false), "done"),
            ("session:nowhere", json!(true), "undone"),
            ("grant:nowhere", json!(false), "done"),
            ("grant:nowhere", json!(true), "undone"),
            ("account", json!(null), "undone"),
        ];
        for (what, value, result) in cases {
            let intent = Intent::default().expecting(field(what), json!("before"), &value);
            stage.cut_off(alice.clone(), intent).await;
            assert_eq!(count(store, OPEN).await, 1);
            stage.settle().await;
            assert_eq!(count(store, OPEN).await, 0, "{what}");
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result, "{what} {value}");
        }
        // Of several values, all or none.
        let both = name("Alice Example").expecting(AuditField::Avatar, json!(null), "https://x.test/a.png");
        stage.cut_off(alice.clone(), both).await;
        stage.settle().await;
        assert_eq!(column(store, RESULTS).await.last().unwrap(), "undone");
        // Of sessions and grants, each of which is ended alone, some.
        for (grant, result) in [(true, "partly"), (false, "done")] {
            let several = Intent::default().expecting(field("session:nowhere"), true, false);
            let several = several
                .expecting(field("grant:nowhere"), true, grant)
                .notifying(stage.notification(&alice).await);
            let notified = stage.sandbox.mails().len();
            // Equal notices within ten minutes become one.
            stage.clock.advance_ms(600_000);
            stage.cut_off(alice.clone(), several).await;
            stage.settle().await;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result);
            assert_eq!(stage.sandbox.mails().len(), notified + 2, "{result}");
        }
        // Of a user who no longer exists, only the deletion was applied.
        stage.sandbox.delete_user("alice");
        for (what, value, result) in [
            ("account", json!(null), "done"),
            ("name", json!(null), "undone"),
            ("session:x", json!(false), "undone"),
        ] {
            stage.cut_off(alice.clone(), Intent::default().expecting(field(what), "before", &value)).await;
            stage.settle().await;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result, "gone: {what}");
        }
        let rows = 2 * u64::try_from(cases_of_the_test()).unwrap();
        let whole = verify(&*store.database).await.unwrap();
        assert_eq!(whole, AuditLogReport::Whole { chains: 1, rows });
    })
    .await;
}

/// Returns how many changes the test above interrupts.
const fn cases_of_the_test() -> usize {
    15 + 1 + 2 + 3
}

#[tokio::test]
async fn b20_settled_change_is_notified_if_applied() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let store = &stage.state.store;
        let alice = stage.alice();
        let notification = stage.notification(&alice).await;
        stage.cut_off(alice.clone(), name("Somebody Else").notifying(notification.clone())).await;
        stage.settle().await;
        assert!(stage.sandbox.mails().is_empty(), "it was not done");
        stage.cut_off(alice, name("Alice Example").notifying(notification)).await;
        // The old address is gone by now: the notice still goes there.
        stage.sandbox.patch_user("alice", &json!({ "primaryEmail": "canary-new@example.test" }));
        stage.settle().await;
        let to: Vec<String> = stage.sandbox.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(to, ["alice@example.test", "canary-new@example.test"]);
        assert_eq!(count(store, QUEUED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn b20_undecidable_change_stays_open() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let store = &stage.state.store;
        let alice = stage.alice();
        stage.cut_off(alice.clone(), name("Alice Example")).await;
        jobs::run_once(&stage.state).await;
        assert_eq!(count(store, OPEN).await, 1, "its request may still be waiting for Logto");
        stage.fault("/api/users/", "GET", FaultAction::Status(503, None), Some(1));
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 1, "Logto is away");
        let bob = stage.sandbox.user_json("bob");
        stage.fault("/api/users/", "GET", FaultAction::Status(200, Some(bob)), Some(1));
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 1, "Logto answered for another user");
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 0);

        stage.cut_off(alice, name("After")).await;
        let newer = "UPDATE intents SET expected = replace(expected, '\"name\"', '\"something:new\"')";
        store.database.execute(Statement::new(newer, [])).await.unwrap();
        stage.cut_off(context(&stage.sandbox.user_id("bob")), name("Bob")).await;
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 1, "a newer server knows what that is; the others are settled");
    })
    .await;
}

#[tokio::test]
async fn b20_running_change_is_not_settled() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (has_begun, may_go) = (Arc::clone(&begun), Arc::clone(&go));
        let state = Arc::clone(&stage.state);
        let alice = stage.alice();
        let running = tokio::spawn(async move {
            let work = move |change: ChangeContext<AuditContext>| async move {
                let operation = change.begin(name("Alice Example")).await?;
                begun.notify_one();
                may_go.notified().await;
                operation.finish(Outcome::Refused).await;
                Ok::<_, Failure>(())
            };
            AccountChange::new(&state, alice, CHANGE).run(work).await
        });
        has_begun.notified().await;
        let timeout = stage.state.config.limits.request_timeout;
        stage.clock.advance_ms(u64::try_from(timeout.as_millis()).unwrap());
        let settling = jobs::run_once(&stage.state);
        tokio::pin!(settling);
        let waits = tokio::time::timeout(Duration::from_millis(100), &mut settling).await;
        assert!(waits.is_err(), "the user's lock is held");
        go.notify_one();
        settling.await;
        assert!(running.await.unwrap().is_ok());
        assert_eq!(column(&stage.state.store, RESULTS).await, ["NULL", "refused"], "its own word counts");
    })
    .await;
}

#[tokio::test]
async fn b20_panicked_change_is_settled() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let (state, alice) = (Arc::clone(&stage.state), stage.alice());
        let panics = tokio::spawn(async move {
            let work = move |change: ChangeContext<AuditContext>| async move {
                let () = change.apply(name("Alice Example"), async { panic!("canary") }).await?;
                Ok::<(), Failure>(())
            };
            AccountChange::new(&state, alice, CHANGE).run(work).await
        });
        assert!(panics.await.unwrap_err().is_panic());
        assert_eq!(count(&stage.state.store, OPEN).await, 1);
        stage.settle().await;
        assert_eq!(column(&stage.state.store, RESULTS).await, ["NULL", "done"]);
    })
    .await;
}

#[tokio::test]
async fn b31_event_is_recorded_and_notified() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        let user = stage.state.find_user(&alice.user).await.unwrap().unwrap();
        let notification = Notification::about(NoticeKind::CodeTriesExhausted, &user);
        record(&stage.state, &alice, "code_confirm", "refused", Some(notification)).await.unwrap();
        record(&stage.state, &alice, "code_confirm", "refused", None).await.unwrap();
        let store = &stage.state.store;
        assert_eq!(column(store, "SELECT phase FROM journal ORDER BY seq").await, ["event", "event"]);
        let rows = crate::audit_log::rows_of(store, alice.user.as_str()).await.unwrap();
        let ips: Vec<Option<&str>> = rows.iter().map(|row| row.ip.as_deref()).collect();
        assert_eq!(ips, [Some("192.0.2.77"), Some("192.0.2.77")]);
        assert_eq!(count(store, QUEUED).await, 1);
        let sql = "SELECT kind FROM outbox";
        assert_eq!(column(store, sql).await, ["code_tries_exhausted"]);
    })
    .await;
}

#[tokio::test]
async fn b20_later_change_does_not_hide_an_earlier_outcome() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        stage.finish(alice.clone(), name("Alice Example"), Outcome::Unknown).await;
        stage.cut_off(alice.clone(), name("Never Written")).await;
        stage.sandbox.patch_user("alice", &json!({ "name": "Overwritten" }));
        stage.finish(alice, name("Overwritten"), Outcome::Applied).await;
        let sql = "SELECT coalesce(result, phase) FROM journal ORDER BY seq";
        let wanted = ["intent", "done", "intent", "undone", "intent", "done"];
        assert_eq!(column(&stage.state.store, sql).await, wanted);
        assert_eq!(count(&stage.state.store, OPEN).await, 0);
    })
    .await;
}
