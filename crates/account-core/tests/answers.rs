//! N11, N25, N26: what the core may return, and of which account.

use account_api::account::{AccountUpdateRequest, Change, Field, FieldAccess, ReadOnlyReason};
use account_api::app::{AppState, Freshness};
use account_api::custom_fields::CustomFieldKind;
use account_api::error::{AppCode, Code, CommandError, ServerCode};
use account_api::identifiers::{EmailRemoveRequest, PhoneRemoveRequest, SignInWay};
use account_api::secret::SecretText;
use account_api::step_up::CodeRoute;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::http::{Answer, Scripted};
use crate::support::requests::{code, email, new_password, phone, username};
use crate::support::scripts::{account, settings_server};

fn rename() -> AccountUpdateRequest {
    let change = Change { from: Some("Alice".to_owned()), to: Some("Alice B.".to_owned()) };
    AccountUpdateRequest { name: Some(change), ..AccountUpdateRequest::default() }
}

#[tokio::test]
async fn n11_no_answer_and_no_state_holds_a_token() {
    let mut world = World::signed_in().await;
    let alice = world.alice();
    let view = world.app.account_refresh(&alice).await.unwrap();
    let settings = world.app.settings();
    world.restart().await;
    world.app.sign_out(&alice, true).await.unwrap();
    let error = world.app.account_refresh(&alice).await.unwrap_err();
    let mut answers = vec![
        serde_json::to_string(&view).unwrap(),
        serde_json::to_string(&settings).unwrap(),
        serde_json::to_string(&CommandError::from(error)).unwrap(),
    ];
    world.host.seen(|seen| {
        answers.extend(seen.states.iter().map(|state| serde_json::to_string(state).unwrap()));
    });
    assert!(answers.len() > 8);
    let secrets = world.sandbox.issued_secrets();
    assert!(secrets.len() > 8);
    for answer in &answers {
        for secret in &secrets {
            assert!(!answer.contains(secret.as_str()), "{answer}");
        }
    }
}

#[tokio::test]
async fn n25_command_for_another_account_sends_nothing() {
    let world = World::signed_in().await;
    let bob = world.sandbox.user_id("bob");
    world.sandbox.clear_request_log();
    for error in [
        world.app.account_refresh(&bob).await.unwrap_err(),
        world.app.account_update(&bob, rename()).await.unwrap_err(),
        world.app.profile_update(&bob, Default::default()).await.unwrap_err(),
        world.app.sign_out(&bob, false).await.unwrap_err(),
        world.app.session_keep(&bob).await.unwrap_err(),
        world.app.sessions_list(&bob).await.unwrap_err(),
        world.app.session_end(&bob, "s-1").await.unwrap_err(),
        world.app.grant_end(&bob, "g-1").await.unwrap_err(),
        world.app.sessions_end_others(&bob, Default::default()).await.unwrap_err(),
        world.app.email_set(&bob, email("new@example.test")).await.unwrap_err(),
        world.app.email_confirm(&bob, code("123456")).await.unwrap_err(),
        world.app.email_remove(&bob, EmailRemoveRequest { from: String::new() }).await.unwrap_err(),
        world.app.phone_set(&bob, phone("+15550000009")).await.unwrap_err(),
        world.app.phone_confirm(&bob, code("123456")).await.unwrap_err(),
        world.app.phone_remove(&bob, PhoneRemoveRequest { from: String::new() }).await.unwrap_err(),
        world.app.username_update(&bob, username("alice", "alice_b")).await.unwrap_err(),
        world.app.password_rules(&bob).await.unwrap_err(),
        world.app.password_update(&bob, new_password("Better-Horse-8")).await.unwrap_err(),
        world.app.step_up_browser(&bob, "an-id").await.unwrap_err(),
        world.app.step_up_password(&bob, "an-id", SecretText::new("secret".to_owned())).await.unwrap_err(),
        world.app.step_up_code_send(&bob, "an-id", CodeRoute::Email).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::App(AppCode::AccountChanged));
    }
    assert!(world.sandbox.request_log().is_empty());
    assert_eq!(world.account().user_id, world.alice());
}

/// The server answers Alice's requests with Bob's account.
#[tokio::test]
async fn n25_answer_about_another_account_is_dropped() {
    let world = World::new().await;
    let bob = world.sandbox.user_id("bob");
    let conflict = json!({
        "code": "conflict", "message": "", "request_id": "r-1",
        "detail": {"kind": "conflict", "fields": ["name"], "present": account(&bob, "Bob's name")}
    });
    let server = settings_server(&world, move |asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &account(&bob, "Bob's name")),
        _ => Answer::json(409, &conflict),
    })
    .await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let alice = world.alice();
    let AppState::SignedIn { account_id, account, freshness, .. } = app.state() else { panic!() };
    assert_eq!((account_id, account), (alice.clone(), None));
    assert_eq!(
        freshness,
        Freshness::Stale { at: None, cause: Code::App(AppCode::AccountChanged), detail: None }
    );
    assert_eq!(app.account_refresh(&alice).await.unwrap_err().code(), Code::App(AppCode::AccountChanged));
    let error = CommandError::from(app.account_update(&alice, rename()).await.unwrap_err());
    assert_eq!((error.code, json!(error.detail)), (Code::App(AppCode::AccountChanged), json!(null)));
    assert!(world.view_files().is_empty(), "nothing of it is kept");
    let shown = world.host.seen(|seen| format!("{:?}", seen.states));
    assert!(!shown.contains("Bob's name"));
}

const PAYLOAD: &str = "<img src=x onerror=alert(1)>";

/// Every text of an error contains markup; none of it leaves the core.
#[tokio::test]
async fn n26_server_texts_never_leave_the_core() {
    let bodies: Vec<(u16, Value, Code)> = vec![
        (
            422,
            json!({"code": "invalid_value", "message": PAYLOAD, "field": PAYLOAD, "request_id": PAYLOAD}),
            Code::Server(ServerCode::InvalidValue),
        ),
        (
            422,
            json!({
                "code": "invalid_value", "message": PAYLOAD, "request_id": "r-1",
                "detail": {"kind": "certificate", "host": PAYLOAD, "issuer": PAYLOAD}
            }),
            Code::Server(ServerCode::InvalidValue),
        ),
        (
            422,
            json!({"code": PAYLOAD, "message": PAYLOAD, "request_id": "r-1"}),
            Code::App(AppCode::ServerNotLatchkey),
        ),
        (500, json!({"code": PAYLOAD, "message": PAYLOAD}), Code::Server(ServerCode::Internal)),
        (503, json!({"error": PAYLOAD}), Code::Server(ServerCode::UpstreamUnavailable)),
        (429, json!(PAYLOAD), Code::Server(ServerCode::RateLimited)),
        (418, json!({"message": PAYLOAD}), Code::App(AppCode::ServerNotLatchkey)),
        (200, json!({"user_id": PAYLOAD}), Code::App(AppCode::ServerNotLatchkey)),
    ];
    for (status, body, code) in bodies {
        let world = World::new().await;
        let alice = world.alice();
        let good = account(&alice, "Alice");
        let server = settings_server(&world, move |asked| match asked.method.as_str() {
            "GET" => Answer::json(200, &good),
            _ => Answer::json(status, &body),
        })
        .await;
        let app = world.app_at(&server.base);
        app.start().await;
        app.sign_in().await.unwrap();
        let error = CommandError::from(app.account_update(&alice, rename()).await.unwrap_err());
        assert_eq!(error.code, code);
        let text = serde_json::to_string(&error).unwrap();
        assert!(!text.contains("<img"), "{text}");
    }
}

#[tokio::test]
async fn n26_conflict_keeps_request_id_and_plain_field_names() {
    let world = World::new().await;
    let alice = world.alice();
    let conflict = json!({
        "code": "conflict", "message": PAYLOAD, "field": "name", "request_id": "0123-4567",
        "detail": {"kind": "conflict", "fields": ["name", PAYLOAD], "present": account(&alice, "Alice C.")}
    });
    let good = account(&alice, "Alice");
    let server = settings_server(&world, move |asked| match asked.method.as_str() {
        "GET" => Answer::json(200, &good),
        _ => Answer::json(409, &conflict),
    })
    .await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let error = CommandError::from(app.account_update(&alice, rename()).await.unwrap_err());
    assert_eq!(error.code, Code::Server(ServerCode::Conflict));
    assert_eq!(error.field.as_deref(), Some("name"));
    assert_eq!(error.request_id.as_deref(), Some("0123-4567"));
    let text = serde_json::to_string(&error).unwrap();
    assert!(text.contains("Alice C.") && !text.contains("<img"), "{text}");
    let AppState::SignedIn { account: Some(shown), .. } = app.state() else { panic!() };
    assert!(serde_json::to_string(&shown).unwrap().contains("Alice C."), "the present account is shown");
}

#[tokio::test]
async fn n26_markup_in_metadata_is_a_name_or_nothing() {
    let world = World::new().await;
    let server = Scripted::start(move |base, _| {
        let mut metadata = crate::support::scripts::metadata(base, "http://127.0.0.1:9/oidc", "client");
        metadata["resource_name"] = format!("A\u{7}B{}", "c".repeat(300)).into();
        metadata["latchkey"]["branding"] = json!({
            "primary_color": "red;background:url(https://evil.example)",
            "dark_primary_color": "#12ab9F",
            "logo_url": "javascript:alert(1)",
            "dark_logo_url": "https://logos.example.test/dark.png"
        });
        Answer::json(200, &metadata)
    })
    .await;
    let app = world.app_at(&server.base);
    app.start().await;
    let AppState::SignedOut { server: shown, .. } = app.state() else { panic!() };
    let name = shown.name.unwrap();
    assert!(name.starts_with("ABc") && name.chars().count() <= 128);
    assert_eq!(shown.branding.primary_color, None);
    assert_eq!(shown.branding.dark_primary_color.as_deref(), Some("#12ab9F"));
    assert_eq!(shown.branding.logo_url, None);
    assert_eq!(shown.branding.dark_logo_url.as_deref(), Some("https://logos.example.test/dark.png"));

    // A restart without the network still shows them.
    drop(server);
    let url = shown.url;
    let again = world.app_at(&url);
    again.start().await;
    let AppState::SignedOut { server: shown, .. } = again.state() else { panic!() };
    assert_eq!(shown.branding.dark_primary_color.as_deref(), Some("#12ab9F"));
}

#[tokio::test]
async fn account_of_newer_server_is_shown_as_far_as_known() {
    let world = World::new().await;
    let alice = world.alice();
    let mut newer = account(&alice, "Alice");
    newer["name"] = json!({ "access": "read_only", "value": "Alice", "reason": "moon_phase" });
    newer["sign_in_ways"] = json!([{ "kind": "hologram", "of": "3D" }, { "kind": "email_code" }]);
    newer["custom_fields"] = json!([{
        "name": "shape", "label": null, "description": null, "placeholder": null, "required": false,
        "kind": { "type": "polygon", "corners": 5 }, "value": { "access": "edit", "value": "5" }
    }]);
    newer["later"] = json!({ "than": "this app" });
    let server = settings_server(&world, move |_| Answer::json(200, &newer)).await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let shown = app.account_refresh(&alice).await.unwrap();
    let reason = ReadOnlyReason::Unsupported;
    assert_eq!(shown.name, Field::ReadOnly { value: Some("Alice".to_owned()), reason });
    assert_eq!(shown.sign_in_ways, [SignInWay::Other, SignInWay::EmailCode]);
    assert_eq!(shown.custom_fields[0].kind, CustomFieldKind::Other);
    // The answer of an older server does not say what the user may do with sessions: each request decides.
    assert_eq!((shown.sessions, shown.code_routes.len()), (FieldAccess::Edit, 2));
}
