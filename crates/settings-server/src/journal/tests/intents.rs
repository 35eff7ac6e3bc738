//! B20: what was begun is finished, or found out.

use std::sync::Arc;
use std::time::Duration;

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use super::{Stage, Who, column, count, who};
use crate::error::Failure;
use crate::jobs;
use crate::journal::{self, Ending, Intent, JournalReport, Telling, event, verify};
use crate::notices::NoticeKind;
use crate::store::databases::on_both;

const RESULTS: &str = "SELECT result FROM journal ORDER BY at, user_id, seq";
const OPEN: &str = "SELECT COUNT(*) FROM intents";
const QUEUED: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'queued'";

impl Stage {
    /// Begins a change and cuts it off, as a killed process would.
    async fn cut_off(&self, who: Who, intent: Intent) {
        let work = move |turn: journal::Turn| async move {
            let operation = turn.begin(intent).await?;
            drop(operation);
            Ok::<_, Failure>(())
        };
        journal::change(&self.state, who, "test_change", work).await.unwrap();
    }

    async fn finish(&self, who: Who, intent: Intent, ending: Ending) {
        let work = move |turn: journal::Turn| async move {
            turn.begin(intent).await?.finish(ending).await;
            Ok::<_, Failure>(())
        };
        journal::change(&self.state, who, "test_change", work).await.unwrap();
    }

    /// Lets the request's time pass and settles.
    async fn settle(&self) {
        self.clock.advance_ms(u64::try_from(self.state.config.limits.request_timeout.as_millis()).unwrap());
        jobs::run_once(&self.state).await;
    }

    async fn telling(&self, who: &Who) -> Telling {
        let user = self.state.find_user(&who.user).await.unwrap().unwrap();
        Telling::about(NoticeKind::SignInEmailChanged, &user).also("canary-new@example.test")
    }
}

fn name(value: impl Into<Value>) -> Intent {
    Intent::default().expecting("name", "before", value.into())
}

#[tokio::test]
async fn b20_each_ending_is_written_down_and_only_what_was_done_is_told() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        for (ending, result, open, queued) in [
            (Ending::Refused, "refused", 0, 0),
            (Ending::Failed, "failed", 0, 0),
            (Ending::Undone, "undone", 0, 0),
            (Ending::Done, "done", 0, 2),
            (Ending::Partly, "partly", 0, 4),
            (Ending::Unsure, "NULL", 1, 4),
        ] {
            let intent = name("New").telling(stage.telling(&alice).await);
            stage.finish(alice.clone(), intent, ending).await;
            let store = &stage.state.store;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result);
            assert_eq!(count(store, OPEN).await, open, "{ending:?}");
            assert_eq!(count(store, QUEUED).await, queued, "{ending:?}");
        }
        let whole = verify(&*stage.state.store.database).await.unwrap();
        assert_eq!(whole, JournalReport::Whole { chains: 1, rows: 11 });
    })
    .await;
}

#[tokio::test]
async fn b20_what_was_cut_off_is_found_out_by_looking_at_logto() {
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
            let intent = Intent::default().expecting(what, json!("before"), &value);
            stage.cut_off(alice.clone(), intent).await;
            assert_eq!(count(store, OPEN).await, 1);
            stage.settle().await;
            assert_eq!(count(store, OPEN).await, 0, "{what}");
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result, "{what} {value}");
        }
        // All of several values, or none.
        let both = name("Alice Example").expecting("avatar", json!(null), "https://x.test/a.png");
        stage.cut_off(alice.clone(), both).await;
        stage.settle().await;
        assert_eq!(column(store, RESULTS).await.last().unwrap(), "undone");
        // Of sessions and grants, each of which is ended alone, some.
        for (grant, result) in [(true, "partly"), (false, "done")] {
            let several = Intent::default().expecting("session:nowhere", true, false);
            let several =
                several.expecting("grant:nowhere", true, grant).telling(stage.telling(&alice).await);
            let told = stage.sandbox.mails().len();
            // Equal notices within ten minutes become one.
            stage.clock.advance_ms(600_000);
            stage.cut_off(alice.clone(), several).await;
            stage.settle().await;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result);
            assert_eq!(stage.sandbox.mails().len(), told + 2, "{result}");
        }
        // Of a user who is gone, only the deletion was done.
        stage.sandbox.delete_user("alice");
        for (what, value, result) in [
            ("account", json!(null), "done"),
            ("name", json!(null), "undone"),
            ("session:x", json!(false), "undone"),
        ] {
            stage.cut_off(alice.clone(), Intent::default().expecting(what, "before", &value)).await;
            stage.settle().await;
            assert_eq!(column(store, RESULTS).await.last().unwrap(), result, "gone: {what}");
        }
        let rows = 2 * u64::try_from(cases_of_the_test()).unwrap();
        let whole = verify(&*store.database).await.unwrap();
        assert_eq!(whole, JournalReport::Whole { chains: 1, rows });
    })
    .await;
}

/// How many changes the test above cuts off.
const fn cases_of_the_test() -> usize {
    15 + 1 + 2 + 3
}

#[tokio::test]
async fn b20_a_settled_change_is_told_if_it_was_done() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let store = &stage.state.store;
        let alice = stage.alice();
        let telling = stage.telling(&alice).await;
        stage.cut_off(alice.clone(), name("Somebody Else").telling(telling.clone())).await;
        stage.settle().await;
        assert!(stage.sandbox.mails().is_empty(), "it was not done");
        stage.cut_off(alice, name("Alice Example").telling(telling)).await;
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
async fn b20_what_cannot_be_found_out_stays_open() {
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
        assert_eq!(count(store, OPEN).await, 1, "Logto answered for somebody else");
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 0);

        stage.cut_off(alice, Intent::default().expecting("something:new", "before", "after")).await;
        stage.cut_off(who(&stage.sandbox.user_id("bob")), name("Bob")).await;
        stage.settle().await;
        assert_eq!(count(store, OPEN).await, 1, "a newer server knows what that is; the others are settled");
    })
    .await;
}

#[tokio::test]
async fn b20_a_change_under_way_is_left_alone() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (go, may_go) = tokio::sync::oneshot::channel::<()>();
        let state = Arc::clone(&stage.state);
        let alice = stage.alice();
        let running = tokio::spawn(async move {
            let work = |turn: journal::Turn| async move {
                let operation = turn.begin(name("Alice Example")).await?;
                begun.send(()).unwrap();
                may_go.await.unwrap();
                operation.finish(Ending::Refused).await;
                Ok::<_, Failure>(())
            };
            journal::change(&state, alice, "test_change", work).await
        });
        has_begun.await.unwrap();
        let timeout = stage.state.config.limits.request_timeout;
        stage.clock.advance_ms(u64::try_from(timeout.as_millis()).unwrap());
        let settling = jobs::run_once(&stage.state);
        tokio::pin!(settling);
        let waits = tokio::time::timeout(Duration::from_millis(100), &mut settling).await;
        assert!(waits.is_err(), "the user's lock is held");
        go.send(()).unwrap();
        settling.await;
        assert!(running.await.unwrap().is_ok());
        assert_eq!(column(&stage.state.store, RESULTS).await, ["NULL", "refused"], "its own word counts");
    })
    .await;
}

#[tokio::test]
async fn b20_a_change_that_panics_is_found_out() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let (state, alice) = (Arc::clone(&stage.state), stage.alice());
        let panics = tokio::spawn(async move {
            let work = |turn: journal::Turn| async move {
                let () = turn.carry_out(name("Alice Example"), async { panic!("canary") }).await?;
                Ok::<(), Failure>(())
            };
            journal::change(&state, alice, "test_change", work).await
        });
        assert!(panics.await.unwrap_err().is_panic());
        assert_eq!(count(&stage.state.store, OPEN).await, 1);
        stage.settle().await;
        assert_eq!(column(&stage.state.store, RESULTS).await, ["NULL", "done"]);
    })
    .await;
}

#[tokio::test]
async fn b31_an_event_is_written_down_and_told() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        let user = stage.state.find_user(&alice.user).await.unwrap().unwrap();
        let telling = Telling::about(NoticeKind::CodeTriesExhausted, &user);
        event(&stage.state, &alice, "code_confirm", "refused", Some(telling)).await.unwrap();
        event(&stage.state, &alice, "code_confirm", "refused", None).await.unwrap();
        let store = &stage.state.store;
        assert_eq!(column(store, "SELECT phase FROM journal ORDER BY seq").await, ["event", "event"]);
        let rows = crate::journal::rows_of(store, alice.user.as_str()).await.unwrap();
        let ips: Vec<Option<&str>> = rows.iter().map(|row| row.ip.as_deref()).collect();
        assert_eq!(ips, [Some("192.0.2.77"), Some("192.0.2.77")]);
        assert_eq!(count(store, QUEUED).await, 1);
        let sql = "SELECT kind FROM outbox";
        assert_eq!(column(store, sql).await, ["code_tries_exhausted"]);
    })
    .await;
}

#[tokio::test]
async fn b20_a_further_change_does_not_hide_what_became_of_the_one_before() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let alice = stage.alice();
        stage.finish(alice.clone(), name("Alice Example"), Ending::Unsure).await;
        stage.cut_off(alice.clone(), name("Never Written")).await;
        stage.sandbox.patch_user("alice", &json!({ "name": "Overwritten" }));
        stage.finish(alice, name("Overwritten"), Ending::Done).await;
        let sql = "SELECT coalesce(result, phase) FROM journal ORDER BY seq";
        let wanted = ["intent", "done", "intent", "undone", "intent", "done"];
        assert_eq!(column(&stage.state.store, sql).await, wanted);
        assert_eq!(count(&stage.state.store, OPEN).await, 0);
    })
    .await;
}
