//! N11, N23: every flow once, with every log line recorded; no secret and no personal data in logs or files.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, Change, Language, Theme};
use account_api::app::Outcome;
use account_api::error::{Code, CommandError, ServerCode};
use account_api::secret::SecretText;
use account_api::step_up::{CodeConfirmRequest, CodeRoute};
use logto_sandbox::FaultAction;
use tracing_subscriber::EnvFilter;

use crate::support::requests::{
    ALICES_PASSWORD, code_of, done, email, needed, new_password, phone, username,
};
use crate::support::{ALICE, BOB, Proving, TestUser, World};

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

/// Records every log line of this thread while the guard lives, at the most verbose level, except those of the
/// sandbox itself.
fn listen() -> (Log, impl Sized) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace,logto_sandbox=off"))
        .with_ansi(false)
        // Six digits of a timestamp would look like a code.
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // With a single subscriber, `tracing` lets the thread that first reaches a log line decide whether anyone wants
    // it: another test's thread would decide for this one too. With two it asks both.
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    (log, (guard, second))
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Asserts that no log line, no file of this machine and no answer contains one of these.
fn assert_absent(canaries: &[String], log: &str, world: &World, answers: &[String]) {
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        let line = log.lines().find(|line| line.contains(canary.as_str()));
        assert_eq!(line, None, "a log line holds {canary}");
        let answer = answers.iter().find(|answer| answer.contains(canary.as_str()));
        assert_eq!(answer, None, "an answer holds {canary}");
    }
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
            assert!(!content.contains(canary.as_str()), "{} holds {canary}", path.display());
        }
    }
}

/// Returns the URLs that the browser opened.
fn in_the_browser(world: &World) -> Vec<String> {
    let names = ["state", "nonce", "code_challenge"];
    world.host.seen(|seen| {
        let urls = seen.opened.iter();
        urls.flat_map(|url| names.map(|name| crate::support::host::parameter(url, name))).flatten().collect()
    })
}

#[tokio::test]
async fn n23_no_log_line_and_no_file_holds_a_secret_or_personal_data() {
    let (log, _listening) = listen();
    let mut world = World::new().await;
    let alice = world.alice();
    world.host.set_user(TestUser::Denies, world.sandbox.browser());
    world.app.sign_in().await.unwrap_err();
    world.fault("/oidc/token", FaultAction::Status(500, None), Some(1));
    world.host.set_user(ALICE, world.sandbox.browser());
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
    world.app.open_link("app.latchkey.dev://elsewhere?code=a-code-in-a-refused-link").unwrap_err();
    world.cut("/oidc/token/revocation");
    world.app.sign_out(&alice, true).await.unwrap();
    world.sandbox.faults().clear();
    world.restart().await;
    world.app.sign_in().await.unwrap();
    world.sandbox.suspend_user("alice", true);
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&alice).await.unwrap_err();

    let text = log.text();
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
            "a-code-in-a-refused-link",
        ]
        .map(str::to_owned),
    );
    canaries.extend(in_the_browser(&world));
    assert_absent(&canaries, &text, &world, &[]);
}

/// Every step of a step-up, successful and not: nonces, grants, the instance, ID tokens, passwords and codes stay
/// where they belong, and the page gets none of them.
#[tokio::test]
async fn n11_step_up_leaves_no_secret_in_answers_logs_or_files() {
    let (log, _listening) = listen();
    let mut proving = Proving::new().await;
    let mut answers = Vec::new();
    {
        let (app, alice) = (Arc::clone(&proving.app), proving.alice.as_str());
        let as_json = |error| serde_json::to_string(&CommandError::from(error)).unwrap();
        let ended = app.session_end(alice, "s-2").await.unwrap();
        answers.push(serde_json::to_string(&ended).unwrap());
        let Outcome::StepUp { step_up } = ended else { panic!() };
        let wrong = SecretText::new("a-wrong-password-of-alice".to_owned());
        answers.push(as_json(app.step_up_password(alice, &step_up.id, wrong).await.unwrap_err()));
        let sent = app.step_up_code_send(alice, &step_up.id, CodeRoute::Email).await.unwrap();
        answers.push(serde_json::to_string(&sent).unwrap());
        let code = |code: &str| CodeConfirmRequest {
            transaction: sent.transaction.clone(),
            code: SecretText::new(code.to_owned()),
        };
        answers
            .push(as_json(app.step_up_code_confirm(alice, &step_up.id, code("918273")).await.unwrap_err()));
        proving.world.host.seat(BOB);
        answers.push(as_json(app.step_up_browser(alice, &step_up.id).await.unwrap_err()));
        proving.world.host.seat(TestUser::Denies);
        answers.push(as_json(app.step_up_browser(alice, &step_up.id).await.unwrap_err()));
        proving.world.host.seat(ALICE);
        let proven = app.step_up_browser(alice, &step_up.id).await.unwrap();
        answers.push(serde_json::to_string(&proven).unwrap());
        answers.push(serde_json::to_string(&app.session_end(alice, "s-2").await.unwrap()).unwrap());
        let Outcome::StepUp { step_up } = app.sessions_end_others(alice, Default::default()).await.unwrap()
        else {
            panic!()
        };
        app.step_up_code_confirm(alice, &step_up.id, code("123456")).await.unwrap();
        let ended = app.sessions_end_others(alice, Default::default()).await.unwrap();
        answers.push(serde_json::to_string(&ended).unwrap());
        answers.push(serde_json::to_string(&app.sessions_list(alice).await.unwrap()).unwrap());
    }
    proving.restart().await;
    answers.push(serde_json::to_string(&proving.app.state()).unwrap());
    let world = &proving.world;
    world.host.seen(|seen| {
        answers.extend(seen.states.iter().map(|state| serde_json::to_string(state).unwrap()));
    });

    let text = log.text();
    assert!(text.contains("step-up: required"), "the flows are logged");
    let mut canaries = world.sandbox.issued_secrets();
    canaries.extend(in_the_browser(world));
    canaries.extend(proving.nonces());
    canaries.extend(proving.grants());
    canaries.push(proving.instance());
    canaries.extend(["a-wrong-password-of-alice", "918273"].map(str::to_owned));
    assert!(proving.grants().len() == 2 && proving.nonces().len() == 2);
    assert_absent(&canaries, &text, world, &answers);
    let personal = ["a…e@example.test", "Bob Example", "203.0.113", "Firefox 140"].map(str::to_owned);
    assert_absent(&personal, &text, world, &[]);
    // The keyring has the instance, and nothing else of the step-up.
    let kept = world.store.memory.contents().join("\n");
    assert!(kept.contains(&proving.instance()));
    for secret in proving.nonces().iter().chain(&proving.grants()) {
        assert!(!kept.contains(secret.as_str()));
    }
}

/// New addresses, a new name and a new password, successful and not, at the real settings server.
#[tokio::test]
async fn n11_new_passwords_and_codes_are_in_no_answer_log_or_file() {
    let (log, _listening) = listen();
    let mut world = World::signed_in().await;
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let mut answers = Vec::new();
    let as_json = |error| serde_json::to_string(&CommandError::from(error)).unwrap();
    let prove = async |step_up: &str| {
        let password = SecretText::new(ALICES_PASSWORD.to_owned());
        app.step_up_password(&alice, step_up, password).await.unwrap();
    };

    let update = async |to: &str| app.password_update(&alice, new_password(to)).await;
    world.cut("/api/");
    answers.push(as_json(update("a-canary-that-is-lost").await.unwrap_err()));
    world.sandbox.faults().clear();
    let step_up = needed(update("canary").await.unwrap());
    prove(&step_up.id).await;
    let refused = update("canary").await.unwrap_err();
    assert_eq!(refused.code(), Code::Server(ServerCode::PasswordRejected));
    answers.push(as_json(refused));
    answers.push(as_json(update(ALICES_PASSWORD).await.unwrap_err()));
    answers.push(serde_json::to_string(&app.password_rules(&alice).await.unwrap()).unwrap());

    let new = "new.canary@example.test";
    let step_up = needed(app.email_set(&alice, email(new)).await.unwrap());
    answers.push(serde_json::to_string(&step_up).unwrap());
    prove(&step_up.id).await;
    let sent = done(app.email_set(&alice, email(new)).await.unwrap());
    answers.push(serde_json::to_string(&sent).unwrap());
    let code = world.sandbox.outbox().last().unwrap().1.clone();
    let wrong: String = code.chars().map(|digit| if digit == '1' { '2' } else { '1' }).collect();
    answers.push(as_json(
        app.email_confirm(&alice, code_of(sent.transaction.expose(), &wrong)).await.unwrap_err(),
    ));
    let view = app.email_confirm(&alice, code_of(sent.transaction.expose(), &code)).await.unwrap();
    answers.push(serde_json::to_string(&view).unwrap());
    needed(app.phone_set(&alice, phone("+1 555 000 0009")).await.unwrap());
    let step_up = needed(app.username_update(&alice, username("alice", "alice_canary")).await.unwrap());
    prove(&step_up.id).await;
    done(app.username_update(&alice, username("alice", "alice_canary")).await.unwrap());
    answers.push(serde_json::to_string(&done(update("Canary-Horse-8").await.unwrap())).unwrap());
    world.restart().await;
    answers.push(serde_json::to_string(&world.app.state()).unwrap());
    world.host.seen(|seen| {
        answers.extend(seen.states.iter().map(|state| serde_json::to_string(state).unwrap()));
    });

    let text = log.text();
    assert!(text.contains("step-up: required"), "the flows are logged");
    let mut canaries = world.sandbox.issued_secrets();
    let passwords = ["a-canary-that-is-lost", "Canary-Horse-8", ALICES_PASSWORD].map(str::to_owned);
    assert!(canaries.contains(&code) && canaries.contains(&passwords[1]));
    canaries.extend(passwords);
    canaries.extend([wrong, "\"canary\"".to_owned()]);
    assert_absent(&canaries, &text, &world, &answers);
    let personal = [new, "alice_canary", "5550000009", "alice@example.test"].map(str::to_owned);
    assert_absent(&personal, &text, &world, &[]);
    let kept = world.store.memory.contents().join("\n");
    assert!(canaries[canaries.len() - 5..].iter().all(|canary| !kept.contains(canary.as_str())));
}
