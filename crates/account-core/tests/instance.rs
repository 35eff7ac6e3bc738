//! The app instance (REQUIREMENTS §6.2): one secret, with every request, in the keyring and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::Outcome;
use account_core::{StoreError, TokenStore as _};
use secrecy::SecretString;
use serde_json::Value;

use crate::bench::Proving;

fn item(proving: &Proving) -> Value {
    let items = proving.world.store.memory.contents();
    let [item] = items.as_slice() else { panic!("{} items", items.len()) };
    serde_json::from_str(item).unwrap()
}

#[tokio::test]
async fn n12_the_instance_is_kept_beside_the_refresh_token_and_shown_with_every_request() {
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
async fn n14_without_a_keyring_the_instance_lives_in_memory_only() {
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

/// The keyring's item of a version that knew no instance.
#[tokio::test]
async fn n12_an_old_item_gets_an_instance_at_its_next_save() {
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

/// Two processes of one session bind their proofs to the same instance, whoever wrote it into the item.
#[tokio::test]
async fn n12_a_process_takes_the_instance_that_another_one_saved() {
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

/// The item as a version without instances wrote it.
async fn without_instance(proving: &Proving) {
    let mut kept = item(proving);
    kept.as_object_mut().unwrap().remove("instance").unwrap();
    keep(proving, &kept).await;
}

async fn keep(proving: &Proving, item: &Value) {
    let name = proving.world.store.memory.names().remove(0);
    proving.world.store.memory.set(&name, SecretString::from(item.to_string())).await.unwrap();
}
