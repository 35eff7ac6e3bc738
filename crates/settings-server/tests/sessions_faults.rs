//! B20 and B40 for ending sessions and grants: the state after failures of Logto, and the same request once more.

use logto_sandbox::FaultAction;
use serde_json::json;

use crate::support::Stage;
use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::signed_in::{ALICE, EVERY, Outcome, SignedIn, What, crowd, deleted};

const KEY: &str = "0123456789-test-key";

/// A server that waits for Logto a moment only, and what a request of the app would end there.
struct Scene<'a> {
    stage: &'a Stage,
    records: &'a Records,
    app: App<'a>,
    ending: Outcome,
    call: Call,
}

impl<'a> Scene<'a> {
    async fn new(stage: &'a Stage, records: &'a Records, what: What) -> Scene<'a> {
        let app = App::sign_in(stage, "alice").await;
        let notified = app.introduce_session().await;
        crowd(&stage.sandbox, stage.server.base_url()).await;
        let ending = Outcome::of(what, &stage.sandbox, notified.body["id"].as_str().unwrap());
        let body = (what == What::Others).then(|| ending.body.clone());
        let call = Call { body, ..Call::new(ending.method.clone(), &ending.path) }.with_key(KEY);
        let call = call.with_grant(&app.grant(&call).await);
        stage.sandbox.clear_request_log();
        Self { stage, records, app, ending, call }
    }

    fn held(&self) -> SignedIn {
        SignedIn::read(&self.stage.sandbox)
    }

    async fn notified(&self) -> usize {
        self.records.texts("SELECT id FROM outbox").await.len()
    }

    /// Settles the open changes.
    async fn settle(&self) {
        self.stage.advance(20);
        self.stage.server.run_jobs().await;
        assert_eq!(self.records.open().await, 0);
    }

    /// Asserts, once the faults are over, that the same request ends what is left, notifies once, and has nothing to do
    /// the next time.
    async fn goes_on(&self, case: &str) {
        self.stage.sandbox.faults().clear();
        self.stage.sandbox.clear_request_log();
        let left = self.held();
        let rest = self.ending.revoked.concat().into_iter().filter(|id| left.has(id)).collect();
        let answer = self.app.call(&self.call).await;
        assert_eq!((answer.status, &answer.body["remaining"]), (200, &json!([])), "{case}: {}", answer.text);
        assert_eq!(self.held(), self.ending.whole(), "{case}");
        assert_eq!(deleted(&self.stage.sandbox), rest, "{case}");
        assert_eq!(self.app.call(&self.call).await.status, 200, "{case}");
        assert_eq!(deleted(&self.stage.sandbox), rest, "{case}: once");
        let results = self.records.results().await;
        assert_eq!(results.iter().filter(|result| *result == "done").count(), 1, "{case}: {results:?}");
        assert_eq!(results.last().unwrap(), "done", "{case}: {results:?}");
        assert_eq!((self.records.open().await, self.notified().await), (0, 1), "{case}");
    }
}

fn faults() -> [(FaultAction, bool); 5] {
    [
        (FaultAction::Status(500, None), false),
        (FaultAction::Status(429, None), false),
        (FaultAction::Drop, false),
        (FaultAction::Hang, false),
        (FaultAction::HangAfter, true),
    ]
}

#[tokio::test]
async fn b20_failed_end_is_named_and_succeeds_when_repeated() {
    for what in EVERY {
        for (action, after) in faults() {
            for index in 0.. {
                let (stage, records) = Stage::impatient().await;
                let scene = Scene::new(&stage, &records, what).await;
                let Some(stuck) = scene.ending.revoked.concat().get(index).cloned() else { break };
                let case = format!("{what:?} {action:?} {index}");
                stage.fault(&stuck, "DELETE", action.clone(), None);
                let answer = scene.app.call(&scene.call).await;
                assert_eq!(answer.status, 200, "{case}: {}", answer.text);
                let (held, remaining) = if after {
                    (scene.ending.whole(), json!([]))
                } else {
                    (scene.ending.whole_but(&stuck), json!([stuck]))
                };
                assert_eq!(scene.held(), held, "{case}: the others are ended");
                assert_eq!(answer.body["remaining"], remaining, "{case}");
                let unsure = !after && action != FaultAction::Status(429, None);
                assert_eq!(records.open().await, usize::from(unsure), "{case}: Logto may do it yet");
                scene.settle().await;
                let outcome = scene.ending.outcome(&held, if unsure { "undone" } else { "failed" });
                assert_eq!(records.results().await, [outcome], "{case}");
                let notified = usize::from(["done", "partly"].contains(&outcome));
                assert_eq!(scene.notified().await, notified, "{case}: whatever is ended is notified");
                scene.goes_on(&case).await;
            }
        }
    }
}

#[tokio::test]
async fn b20_unreachable_logto_leaves_change_open_for_retry() {
    for what in EVERY {
        for action in [FaultAction::Status(500, None), FaultAction::Drop, FaultAction::Hang] {
            // Before anything is ended, between sessions and grants, and after all of it.
            for looks in 0..3 {
                for settled in [false, true].into_iter().skip(usize::from(looks == 0)) {
                    let (stage, records) = Stage::impatient().await;
                    let scene = Scene::new(&stage, &records, what).await;
                    let case = format!("{what:?} {action:?} {looks} {settled}");
                    let path = format!("{ALICE}/sessions");
                    if looks > 0 {
                        stage.fault(&path, "GET", FaultAction::Delay(0), Some(looks));
                    }
                    stage.fault(&path, "GET", action.clone(), None);
                    let answer = scene.app.call(&scene.call).await;
                    assert!(matches!(answer.status, 502 | 503), "{case}: {}", answer.text);
                    let ended = match looks {
                        0 => Vec::new(),
                        1 => scene.ending.revoked[0].clone(),
                        _ => scene.ending.revoked.concat(),
                    };
                    assert_eq!(scene.held(), scene.ending.after(&ended), "{case}");
                    let open = usize::from(looks > 0);
                    assert_eq!(
                        (records.open().await, records.results().await),
                        (open, Vec::<String>::new()),
                        "{case}: the outcome is unknown"
                    );
                    stage.sandbox.faults().clear();
                    if settled {
                        scene.settle().await;
                        let outcome = scene.ending.outcome(&scene.held(), "undone");
                        let wanted: &[&str] = if looks > 0 { &[outcome] } else { &[] };
                        assert_eq!(records.results().await, wanted, "{case}");
                    }
                    scene.goes_on(&case).await;
                }
            }
        }
    }
}

/// A request whose answer did not arrive may be applied after the last read.
#[tokio::test]
async fn b20_late_end_is_recorded_and_notified() {
    for what in EVERY {
        let (stage, records) = Stage::impatient().await;
        let scene = Scene::new(&stage, &records, what).await;
        let stuck = scene.ending.revoked.concat().remove(0);
        stage.fault(&stuck, "DELETE", FaultAction::Hang, None);
        let answer = scene.app.call(&scene.call).await;
        assert_eq!((answer.status, &answer.body["remaining"]), (200, &json!([stuck])), "{what:?}");
        assert_eq!(scene.notified().await, 0, "{what:?}");
        stage.sandbox.end(&stuck);
        scene.settle().await;
        assert_eq!(
            (records.results().await, scene.notified().await),
            (vec!["done".to_owned()], 1),
            "{what:?}"
        );
        let answer = scene.app.call(&scene.call).await;
        assert_eq!((answer.status, &answer.body["remaining"]), (200, &json!([])), "{what:?}");
    }
}

/// The session is over by the time the request comes again, and its grants are not.
#[tokio::test]
async fn b16_repeated_request_ends_grants_left_by_their_session() {
    let (stage, records) = Stage::impatient().await;
    let scene = Scene::new(&stage, &records, What::Session).await;
    let session = scene.ending.revoked[0][0].clone();
    stage.fault(ALICE, "DELETE", FaultAction::Status(429, None), None);
    let answer = scene.app.call(&scene.call).await;
    let remaining = answer.body["remaining"].as_array().unwrap();
    assert!(answer.status == 200 && remaining.len() > 1, "the session and its grants: {}", answer.text);
    stage.sandbox.expire_session(&session);
    assert_ne!(scene.held(), scene.ending.whole());
    stage.sandbox.faults().clear();
    let answer = scene.app.call(&scene.call).await;
    assert_eq!((answer.status, &answer.body["remaining"]), (200, &json!([])), "{}", answer.text);
    assert_eq!(scene.held(), scene.ending.whole());
    assert_eq!((records.results().await, scene.notified().await), (vec!["failed".into(), "done".into()], 1));
    // Another request names something that is not there.
    let another = scene.call.clone().with_key("another-0123456789-test-key");
    assert_eq!(scene.app.call(&another).await.outcome(), (404, "session_not_found"));
}
