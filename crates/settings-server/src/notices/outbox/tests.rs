//! B29: notices are delivered once, and retried; B32: their recipients are in no log.

use std::sync::Arc;

use logto_sandbox::FaultAction;

use crate::audit_log::record;
use crate::changes::tests::{Stage, column, count, replica};
use crate::jobs;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::notices::outbox;
use crate::store::Statement;
use crate::store::databases::on_both;
use crate::telemetry::logging::captured::Captured;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const STATES: &str = "SELECT state FROM outbox ORDER BY id";
const GIVEN_UP: &str =
    "SELECT result || ' ' || new_values FROM journal WHERE action = 'notice' ORDER BY new_values, seq";

impl Stage {
    /// Queues one notice to alice and one to a second address.
    async fn notify(&self) {
        self.notify_also("canary-second@example.test").await;
    }

    async fn notify_also(&self, second: &str) {
        let alice = self.alice();
        let user = self.state.find_user(&alice.user).await.unwrap().unwrap();
        let notification = Notification::about(NoticeKind::PasswordChanged, &user).also(second);
        record(&self.state, &alice, "test_event", "done", Some(notification)).await.unwrap();
    }

    fn mails_to(&self, to: &str) -> usize {
        self.sandbox.mails().iter().filter(|mail| mail.to == [to]).count()
    }
}

#[tokio::test]
async fn b29_every_address_is_notified_once() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        stage.notify().await;
        let other = replica(&stage.sandbox, &place, &stage.clock, true).await;
        tokio::join!(jobs::run_once(&stage.state), jobs::run_once(&other));
        for _ in 0..3 {
            stage.clock.advance_ms(HOUR);
            jobs::run_once(&stage.state).await;
            jobs::run_once(&other).await;
        }
        assert_eq!(stage.sandbox.mails().len(), 2);
        for to in ["alice@example.test", "canary-second@example.test"] {
            assert_eq!(stage.mails_to(to), 1, "{to}");
        }
        let mail = &stage.sandbox.mails()[0];
        assert_eq!(mail.subject, "Your password was changed");
        for part in ["2025-06-15 15:06 UTC", "Latchkey 0.1.0", "192.0.2.…"] {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert!(!mail.text.contains('@') && !mail.text.contains("192.0.2.77"), "{}", mail.text);
        assert_eq!(column(&stage.state.store, STATES).await, ["sent", "sent"]);
    })
    .await;
}

#[tokio::test]
async fn b29_one_of_several_replicas_claims_a_message() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let mut replicas = vec![Arc::clone(&stage.state)];
        for _ in 0..3 {
            replicas.push(replica(&stage.sandbox, &place, &stage.clock, true).await);
        }
        for round in 0..20 {
            stage.notify_also(&format!("canary-{round}@example.test")).await;
            let takes = replicas.iter().map(|state| outbox::claim_due(&state.store));
            let taken = futures_util::future::join_all(takes).await;
            let mut ids: Vec<String> = taken.into_iter().filter_map(|due| Some(due.unwrap()?.id)).collect();
            ids.sort_unstable();
            let count = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), count, "round {round}: two have the same");
            assert_eq!(count, 2, "round {round}: both are taken");
        }
    })
    .await;
}

#[tokio::test]
async fn b29_failed_delivery_is_retried_with_backoff_and_on_restart() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        stage.fault("smtp:TO:<alice", "RCPT", FaultAction::Status(450, None), Some(3));
        stage.notify().await;
        jobs::run_once(&stage.state).await;
        assert_eq!(stage.mails_to("canary-second@example.test"), 1, "one failure holds up no other mail");
        // Tried at 0, 1 and 3 minutes without success, and at 7 by another process.
        for pause in [MINUTE, 2 * MINUTE] {
            stage.clock.advance_ms(pause - 1);
            jobs::run_once(&stage.state).await;
            stage.clock.advance_ms(1);
            jobs::run_once(&stage.state).await;
            assert_eq!(stage.mails_to("alice@example.test"), 0);
        }
        let restarted = replica(&stage.sandbox, &place, &stage.clock, true).await;
        stage.clock.advance_ms(4 * MINUTE - 1);
        jobs::run_once(&restarted).await;
        assert_eq!(stage.mails_to("alice@example.test"), 0);
        stage.clock.advance_ms(1);
        jobs::run_once(&restarted).await;
        assert_eq!(stage.mails_to("alice@example.test"), 1);
        assert_eq!(stage.mails_to("canary-second@example.test"), 1);
    })
    .await;
}

#[tokio::test]
async fn b29_unreachable_address_is_given_up_and_removed() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        stage.fault("smtp:", "CONNECT", FaultAction::Drop, None);
        stage.notify().await;
        for _ in 0..80 {
            jobs::run_once(&stage.state).await;
            stage.clock.advance_ms(HOUR);
        }
        let store = &stage.state.store;
        assert_eq!(column(store, STATES).await, ["given up", "given up"]);
        assert_eq!(count(store, "SELECT MAX(tries) FROM outbox").await, 10);
        assert_eq!(count(store, "SELECT MAX(LENGTH(sealed)) FROM outbox").await, 0);
        assert_eq!(
            column(store, GIVEN_UP).await,
            [
                r#"given_up_tries {"notice":"password_changed","to":"a…e@example.test"}"#,
                r#"given_up_tries {"notice":"password_changed","to":"c…d@example.test"}"#,
            ]
        );
        stage.clock.advance_ms(30 * 24 * HOUR);
        jobs::run_once(&stage.state).await;
        assert_eq!(count(store, "SELECT COUNT(*) FROM outbox").await, 0);
    })
    .await;
}

#[tokio::test]
async fn b29_address_without_smtp_syntax_is_given_up_at_once() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        stage.notify_also("Canary<second@example.test>").await;
        let other = replica(&stage.sandbox, &place, &stage.clock, true).await;
        tokio::join!(jobs::run_once(&stage.state), jobs::run_once(&other));
        let store = &stage.state.store;
        assert_eq!(stage.mails_to("alice@example.test"), 1);
        assert_eq!(column(store, STATES).await, ["sent", "given up"]);
        let to = "C…d@example.test>";
        let wanted = format!(r#"given_up_address {{"notice":"password_changed","to":"{to}"}}"#);
        assert_eq!(column(store, GIVEN_UP).await, [wanted]);
        assert_eq!(count(store, "SELECT MAX(tries) FROM outbox").await, 1);
    })
    .await;
}

#[tokio::test]
async fn b29_without_a_mail_server_notices_wait_for_a_few_days() {
    on_both(async |place| {
        let stage = Stage::new(&place).await;
        let without = replica(&stage.sandbox, &place, &stage.clock, false).await;
        stage.notify().await;
        jobs::run_once(&without).await;
        assert_eq!(column(&without.store, STATES).await, ["queued", "queued"]);
        stage.clock.advance_ms(72 * HOUR);
        jobs::run_once(&without).await;
        assert_eq!(column(&without.store, STATES).await, ["queued", "queued"]);
        stage.clock.advance_ms(1);
        jobs::run_once(&without).await;
        assert_eq!(column(&without.store, STATES).await, ["given up", "given up"]);
        let old = r#"given_up_old {"notice":"password_changed","to":null}"#;
        assert_eq!(column(&without.store, GIVEN_UP).await, [old, old]);
        jobs::run_once(&stage.state).await;
        assert!(stage.sandbox.mails().is_empty(), "old news is not sent");
    })
    .await;
}

#[tokio::test]
async fn b32_recipient_of_a_notice_is_in_no_log_and_no_record() {
    on_both(async |place| {
        let log = Captured::with("trace");
        let stage = Stage::new(&place).await;
        for (verb, action) in [
            ("RCPT", FaultAction::Status(550, None)),
            ("DATA", FaultAction::Status(450, None)),
            ("CONNECT", FaultAction::Drop),
        ] {
            stage.fault("smtp:", verb, action, Some(1));
        }
        stage.notify().await;
        let sealed = Statement::new("SELECT sealed FROM outbox", []);
        for row in stage.state.store.database.rows(sealed).await.unwrap() {
            let text = String::from_utf8_lossy(row.bytes(0).unwrap()).into_owned();
            assert!(!text.contains("example") && !text.contains("192.0.2"), "{text}");
        }
        for _ in 0..5 {
            jobs::run_once(&stage.state).await;
            stage.clock.advance_ms(HOUR);
        }
        let log = log.text();
        assert_eq!(stage.sandbox.mails().len(), 2);
        assert!(log.contains("notices: sent") && log.contains("notices: not sent"), "{log}");
        for canary in ["canary", "@example.test", "192.0.2", "password was changed"] {
            assert!(!log.contains(canary), "{canary} is in\n{log}");
        }
    })
    .await;
}
