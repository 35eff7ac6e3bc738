//! The main path of a user: sign in, edit, restart, sign out.

use account_api::account::{AccountUpdateRequest, Change, Field};
use account_api::app::{AppState, Freshness, Persistence, SignInStage};

use crate::support::World;

#[tokio::test]
async fn user_signs_in_edits_restarts_and_signs_out() {
    let mut world = World::new().await;
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));

    world.app.sign_in().await.unwrap();
    let AppState::SignedIn { account_id, persistence, freshness, server, .. } = world.app.state() else {
        panic!("not signed in: {:?}", world.app.state())
    };
    assert_eq!(account_id, world.alice());
    assert_eq!(persistence, Persistence::Keyring);
    assert_eq!(freshness, Freshness::Live { at: world.clock.read() });
    assert_eq!(server.name.as_deref(), Some("Example & Sons"));
    assert_eq!(world.account().name, Field::Edit { value: Some("Alice Example".to_owned()) });
    let stages: Vec<_> = world.host.seen(|seen| {
        seen.states
            .iter()
            .filter_map(|state| match state {
                AppState::SigningIn { stage, .. } => Some(*stage),
                _ => None,
            })
            .collect()
    });
    assert_eq!(stages.first(), Some(&SignInStage::Preparing));
    assert!(stages.contains(&SignInStage::WaitingForBrowser));
    assert_eq!(stages.last(), Some(&SignInStage::Finishing));
    assert_eq!(world.host.seen(|seen| seen.focused), 1);

    let change = Change { from: Some("Alice Example".to_owned()), to: Some("Alice E.".to_owned()) };
    let request = AccountUpdateRequest { name: Some(change), ..AccountUpdateRequest::default() };
    let view = world.app.account_update(&account_id, request).await.unwrap();
    assert_eq!(view.name, Field::Edit { value: Some("Alice E.".to_owned()) });
    assert_eq!(world.sandbox.user_json("alice")["name"], "Alice E.");

    world.host.seen(|seen| seen.states.clear());
    world.restart().await;
    assert_eq!(world.account().name, Field::Edit { value: Some("Alice E.".to_owned()) });
    assert_eq!(world.freshness(), Freshness::Live { at: world.clock.read() });
    let shown_at_once = world.host.seen(|seen| {
        seen.states.iter().any(|state| {
            matches!(
                state,
                AppState::SignedIn { account: Some(_), freshness: Freshness::Refreshing { at: Some(_) }, .. }
            )
        })
    });
    assert!(shown_at_once, "the last known view comes before the server's answer");

    world.app.sign_out(&account_id, false).await.unwrap();
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));
    assert_eq!(world.store.memory.names(), Vec::<String>::new());
    world.restart().await;
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));
}
