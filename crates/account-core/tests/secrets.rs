//! N23: every flow once, with every log line kept; no secret and no personal data in logs or files.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, Change, Language, Theme};
use logto_sandbox::FaultAction;
use tracing_subscriber::EnvFilter;

use crate::bench::{ALICE, Person, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn n23_no_log_line_and_no_file_holds_a_secret_or_personal_data() {
    let log = Log::default();
    let writer = log.clone();
    // Everything at its most talkative, except the stand-in for Logto itself.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace,logto_sandbox=off"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single subscriber, `tracing` lets the thread that first passes a log line decide whether anybody wants
    // it: another test's thread would say no for this one too. With two it asks both.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());

    let mut world = World::new().await;
    let alice = world.alice();
    world.host.set_person(Person::Denies, world.sandbox.browser());
    world.app.sign_in().await.unwrap_err();
    world.fault("/oidc/token", FaultAction::Status(500, None), Some(1));
    world.host.set_person(ALICE, world.sandbox.browser());
    world.app.sign_in().await.unwrap_err();
    world.app.sign_in().await.unwrap();
    let rename = |from: &str, to: &str| AccountUpdateRequest {
        name: Some(Change { from: Some(from.to_owned()), to: Some(to.to_owned()) }),
        ..AccountUpdateRequest::default()
    };
    world.app.account_update(&alice, rename("Alice Example", "Alice Canary")).await.unwrap();
    world.app.account_update(&alice, rename("Nobody Canary", "Alice Third")).await.unwrap_err();
    world.app.settings_set_appearance(Theme::Dark, Some(Language::De)).await.unwrap();
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&alice).await.unwrap();
    world.cut("/oidc");
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&alice).await.unwrap_err();
    world.restart().await;
    world.sandbox.faults().clear();
    world.app.account_refresh(&alice).await.unwrap();
    drop(world.app.open_link("app.latchkey.dev://callback?code=a-code-in-a-link&state=a-state"));
    world.cut("/oidc/token/revocation");
    world.app.sign_out(&alice, true).await.unwrap();
    world.sandbox.faults().clear();
    world.restart().await;
    world.app.sign_in().await.unwrap();
    world.sandbox.suspend_user("alice", true);
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&alice).await.unwrap_err();

    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains("account_core") && text.lines().count() > 50, "the flows are logged");
    let mut canaries = world.sandbox.issued_secrets();
    assert!(canaries.len() > 20);
    canaries.extend(
        [
            "alice@example.test",
            "Alice Example",
            "Alice Canary",
            "Nobody Canary",
            "15550000001",
            "a-code-in-a-link",
        ]
        .map(str::to_owned),
    );
    world.host.seen(|seen| {
        for url in &seen.opened {
            for name in ["state", "nonce", "code_challenge"] {
                canaries.extend(crate::bench::host::parameter(url, name));
            }
        }
    });
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        let line = text.lines().find(|line| line.contains(canary.as_str()));
        assert_eq!(line, None, "a log line holds {canary}");
    }
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
            assert!(!content.contains(canary.as_str()), "{} holds {canary}", path.display());
        }
    }
}
