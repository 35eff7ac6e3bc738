//! The app instance (decision 2): one secret, sent with every request, stored in the keyring only.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::Outcome;
use account_api::error::{Code, CommandError, ServerCode};
use account_core::{StoreError, TokenStore as _};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::proving::{claims, refusal};
use crate::support::requests::needed;

fn item(proving: &Proving) -> Value {
    let items = proving.world.store.memory.contents();
    let [item] = items.as_slice() else { panic!("{} items", items.len()) };
    serde_json::from_str(item).unwrap()
}

#[tokio::test]
async fn n12_instance_is_stored_with_refresh_token_and_always_sent() {
    let mut proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    app.account_refresh(alice).await.unwrap();
    app.sessions_list(alice).await.unwrap();
    let Outcome::StepUp { step_up } = app.session_end(alice, "s-2").await.unwrap() else { panic!() };
    app.step_up_browser(alice, &step_up.id).await.unwrap();
    app.session_end(alice, "s-2").await.unwrap();
    app.grant_end(alice, "g-2").await.unwrap();
    app.sessions_end_others(alice, Default::default()).await.unwrap();
    assert!(proving.asked().len() >= 8);
    let instance = proving.instance();
    // 43 characters of base64url are 256 bits.
    assert_eq!(instance.len(), 43);
    assert_eq!(item(&proving)["instance"], instance.as_str());
    proving.restart().await;
    assert_eq!(proving.instance(), instance, "it outlives the app");

    proving.app.sign_out(&proving.alice, false).await.unwrap();
    proving.app.sign_in().await.unwrap();
    let next = proving.asked().last().unwrap().header("latchkey-instance").map(str::to_owned);
    assert_ne!(next.as_deref(), Some(instance.as_str()), "another session is another instance");
}

#[tokio::test]
async fn n14_without_keyring_instance_is_in_memory_only() {
    let proving = Proving::signed_out().await;
    proving.world.store.memory.set_problem(Some(StoreError::Absent));
    proving.app.sign_in().await.unwrap();
    proving.app.sessions_list(&proving.alice).await.unwrap();
    let instance = proving.instance();
    proving.world.assert_nothing_left();
    for (path, content) in proving.world.files() {
        assert!(!String::from_utf8_lossy(&content).contains(&instance), "{}", path.display());
    }
}

/// The keyring's item as a version without instances wrote it.
#[tokio::test]
async fn n12_old_item_gets_instance_at_next_save() {
    for old in [None, Some("not-a-secret-of-32-bytes")] {
        let mut proving = Proving::new().await;
        match old {
            None => without_instance(&proving).await,
            Some(old) => {
                let mut kept = item(&proving);
                kept["instance"] = old.into();
                keep(&proving, &kept).await;
            }
        }
        let before = proving.asked().len();
        proving.restart().await;
        let asked = proving.asked().split_off(before);
        let shown = asked[0].header("latchkey-instance").unwrap();
        assert_eq!(shown.len(), 43);
        assert_eq!(item(&proving)["instance"], shown);
        assert_eq!(item(&proving)["refresh_token"].as_str().unwrap().len(), 43);
    }
}

/// Two processes of one session bind their proofs to the same instance, whichever wrote it to the item.
#[tokio::test]
async fn n12_process_takes_instance_saved_by_another() {
    let mut proving = Proving::new().await;
    let first = Arc::clone(&proving.app);
    let own = proving.instance();
    without_instance(&proving).await;
    proving.restart().await;
    let saved = item(&proving)["instance"].as_str().unwrap().to_owned();
    assert_ne!(saved, own);
    proving.world.advance(Duration::from_secs(600));
    first.account_refresh(&proving.alice).await.unwrap();
    assert_eq!(proving.asked().last().unwrap().header("latchkey-instance"), Some(saved.as_str()));
    assert_eq!(item(&proving)["instance"], saved.as_str());
}

/// Returns the item as a version without instances wrote it.
async fn without_instance(proving: &Proving) {
    let mut kept = item(proving);
    kept.as_object_mut().unwrap().remove("instance").unwrap();
    keep(proving, &kept).await;
}

async fn keep(proving: &Proving, item: &Value) {
    let name = proving.world.store.memory.names().remove(0);
    proving.world.store.memory.set(&name, SecretString::from(item.to_string())).await.unwrap();
}

/// Answers as a server that knows no instance until one is introduced; `takes` says whether it accepts an
/// introduction.
fn knows_no_instance(proving: &Proving, takes: bool) {
    let known = std::sync::atomic::AtomicBool::new(false);
    proving.before(move |asked| {
        use std::sync::atomic::Ordering::SeqCst;
        let unknown = || Some(refusal(403, "instance_unknown", Value::Null));
        match asked.target.as_str() {
            "/account" => None,
            "/sessions/current" if takes => {
                known.store(true, SeqCst);
                None
            }
            _ if known.load(SeqCst) => None,
            _ => unknown(),
        }
    });
}

#[tokio::test]
async fn r31_unknown_instance_is_introduced_and_request_repeated() {
    let proving = Proving::new().await;
    let reported = proving.asked_for("POST", "/sessions/current").len();
    knows_no_instance(&proving, true);
    // Two requests at once share one introduction.
    let one = proving.app.sessions_list(&proving.alice);
    let two = proving.app.session_end(&proving.alice, "s-other");
    let (listed, ended) = tokio::join!(one, two);
    listed.unwrap();
    needed(ended.unwrap());
    let introduced = proving.asked_for("POST", "/sessions/current");
    assert_eq!(introduced.len(), reported + 1);
    assert!(introduced.iter().all(|asked| asked.header("latchkey-instance").is_some()));
    let id_token = claims(introduced[reported].json()["id_token"].as_str().unwrap());
    assert_eq!(id_token["sub"], json!(proving.alice));
    assert_eq!(proving.world.token_requests("refresh_token"), 1, "its ID token came with a renewal");
}

#[tokio::test]
async fn r31_refused_introduction_returns_error_without_loop() {
    let proving = Proving::new().await;
    knows_no_instance(&proving, false);
    refused_introduction(&proving).await;
    // An ID token that does not verify is refused like a proof, but it is not the user's proof.
    proving.before(|asked| {
        let code = match asked.target.as_str() {
            "/account" => return None,
            "/sessions/current" => "step_up_refused",
            _ => "instance_unknown",
        };
        Some(refusal(403, code, Value::Null))
    });
    refused_introduction(&proving).await;
}

async fn refused_introduction(proving: &Proving) {
    let before = proving.asked().len();
    let error = proving.app.session_end(&proving.alice, "s-other").await.unwrap_err();
    assert_eq!(CommandError::from(error).code, Code::Server(ServerCode::InstanceUnknown));
    assert!(proving.asked().len() - before <= 4, "{:?}", proving.asked().len() - before);
    assert!(proving.app.account_refresh(&proving.alice).await.is_ok(), "the user stays signed in");
}
