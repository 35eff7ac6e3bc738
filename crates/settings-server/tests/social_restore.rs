//! Restoring a social account that was unlinked or replaced, for 72 hours (B8, B17, B20, B29, B31).

use serde_json::{Value, json};

use crate::social::{link, list, proven, unlink};
use crate::social_link::{VERIFIER, authorize, begin, come_back, finish_call};
use crate::support::app::{App, Call, by_password, granted, password_of, secret};
use crate::support::databases::on_postgres;
use crate::support::keep_in;
use crate::support::records::Records;
use crate::support::{Answer, Stage};

const DAY: u64 = 24 * 60 * 60;

fn restore(former: &Value, replaces: Value) -> Call {
    Call::post("/social/restore", json!({ "key": former["key"], "replaces": replaces }))
}

fn forget(former: &Value) -> Call {
    Call::post("/social/forget", json!({ "key": former["key"] }))
}

fn identity(stage: &Stage, target: &str) -> Value {
    stage.sandbox.user_json("alice")["identities"][target].clone()
}

/// Unlinks the account of a target.
async fn unlinked(app: &App<'_>, target: &str) -> Answer {
    let call = unlink(app, target).await;
    let answer = proven(app, &call).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn former(answer: &Answer) -> Vec<Value> {
    answer.body["former"].as_array().unwrap().clone()
}

/// Gives an app a token as it has after a refresh.
fn renew(app: &mut App<'_>) {
    app.tokens["access_token"] = app.stage.token("alice", crate::support::ALL_SCOPES).into();
}

#[tokio::test]
async fn b20_unlinked_account_is_restored_as_it_was() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let before = identity(&stage, "github");
    let one = former(&unlinked(&app, "github").await).remove(0);
    let now = stage.sandbox.clock().now_unix_ms();
    assert_eq!((&one["target"], &one["provider"]), (&json!("github"), &json!("GitHub")));
    assert_eq!((&one["name"], &one["email"]), (&json!("Alice at work"), &json!("alice@provider.test")));
    assert_eq!((&one["removed_at"], &one["restorable_until"]), (&json!(now), &json!(now + 3 * DAY * 1_000)));
    assert_eq!(one["signs_in"], true);

    let restored = proven(&app, &restore(&one, Value::Null)).await;
    assert_eq!((restored.status, former(&restored).len()), (200, 0), "{}", restored.text);
    assert_eq!(restored.body["accounts"][0]["key"], one["key"]);
    assert_eq!(identity(&stage, "github"), before, "with everything that the provider said");
    records.delivered().await;
    let mails = stage.sandbox.mails();
    let mail = mails.iter().find(|mail| mail.subject.contains("linked account was restored")).unwrap();
    assert!(mail.text.contains("GitHub (a…e@provider.test)"), "{}", mail.text);
    let values =
        "SELECT old_values || new_values FROM journal WHERE action = 'social_restore' AND phase = 'intent'";
    assert_eq!(records.texts(values).await, [r#"{"identity:github":null}{"identity:github":"a… (10)"}"#]);
    let kept = records.texts("SELECT account_key FROM former_identities").await;
    assert!(kept.is_empty(), "{kept:?}");
}

#[tokio::test]
async fn b20_switch_is_undone_and_can_be_redone() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "mock-social", "old");
    let key = list(&app).await.body["accounts"][0]["key"].clone();
    let begun = begin(&app, "mock-social", key.clone()).await;
    let deep_link = come_back(&authorize(&stage, &begun.uri, "new").await).await;
    let switched = app.call(&finish_call(&deep_link)).await;
    assert_eq!(switched.status, 200, "{}", switched.text);
    let shown = list(&app).await;
    let (present, old) = (shown.body["accounts"][0]["key"].clone(), former(&shown).remove(0));
    assert_eq!(old["key"], key);

    let blind = app.call(&restore(&old, Value::Null)).await;
    assert_eq!(blind.outcome(), (409, "conflict"), "the new account is not replaced unseen");
    let undone = proven(&app, &restore(&old, present.clone())).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(identity(&stage, "mock-social")["userId"], "old");
    let new = former(&undone).remove(0);
    assert_eq!(new["key"], present);
    let redone = proven(&app, &restore(&new, key)).await;
    assert_eq!(redone.status, 200, "{}", redone.text);
    assert_eq!(identity(&stage, "mock-social")["userId"], "new");
    let kept = records.texts("SELECT HEX(sealed) || user_id || account_key FROM former_identities").await;
    let in_hex = |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
    assert!(kept.iter().all(|text| !text.contains(&in_hex("provider.test"))), "{kept:?}");
}

#[tokio::test]
async fn b8_another_app_restores_with_a_sign_in_alone() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let one = former(&unlinked(&app, "github").await).remove(0);
    let call = restore(&one, Value::Null);
    let (_, methods) = app.challenge(&call).await;
    assert!(methods.len() > 1, "{methods:?}");

    app.become_another("another installation").await;
    let (nonce, methods) = app.challenge(&call).await;
    assert_eq!(methods, ["browser"]);
    let password = json!({ "nonce": nonce, "password": password_of("alice") });
    let by_a_password = granted(&app.post("/step-up/password", password).await);
    let refused = app.call(&call.with_grant(&by_a_password)).await;
    assert_eq!(refused.outcome(), (401, "step_up_required"), "{}", refused.text);
    assert!(identity(&stage, "github").is_null());
    let (nonce, _) = app.challenge(&call).await;
    let grant = granted(&app.prove_by(&nonce, &by_password("alice")).await);
    assert_eq!(app.call(&call.with_grant(&grant)).await.status, 200);
    assert_eq!(identity(&stage, "github")["userId"], "account-42");
}

#[tokio::test]
async fn b20_account_is_restored_for_72_hours() {
    for (seconds, wanted) in [(3 * DAY - 1, (200, "")), (3 * DAY, (404, "social_not_restorable"))] {
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        link(&stage, "github", "account-42");
        let one = former(&unlinked(&app, "github").await).remove(0);
        stage.advance(seconds);
        renew(&mut app);
        assert_eq!(former(&list(&app).await).len(), usize::from(wanted.0 == 200));
        let call = restore(&one, Value::Null);
        let asked = app.call(&call).await;
        let outcome = if asked.code() == "step_up_required" { proven(&app, &call).await } else { asked };
        assert_eq!(outcome.outcome(), wanted, "{seconds}");
    }
}

#[tokio::test]
async fn b20_forgotten_account_is_not_restored() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let one = former(&unlinked(&app, "github").await).remove(0);
    let call = forget(&one).with_key("forget-github-0001");
    let call = call.with_grant(&app.grant(&call).await);
    for _ in 0..2 {
        let forgotten = app.call(&call).await;
        assert_eq!((forgotten.status, former(&forgotten).len()), (200, 0), "{}", forgotten.text);
    }
    assert!(records.texts("SELECT account_key FROM former_identities").await.is_empty());
    let notices = records.texts("SELECT kind FROM outbox ORDER BY created_at").await;
    assert!(notices.is_empty() || notices.iter().any(|kind| kind == "social_forgotten"), "{notices:?}");
    let results = "SELECT phase || ' ' || result FROM journal WHERE action = 'social_forget'";
    assert_eq!(records.texts(results).await, ["outcome done"]);
    for call in [restore(&one, Value::Null), forget(&one), restore(&json!({ "key": "x" }), Value::Null)] {
        assert_eq!(app.call(&call).await.outcome(), (404, "social_not_restorable"), "{}", call.path);
    }
}

#[tokio::test]
async fn b20_what_was_not_removed_here_is_not_restored() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let refused = json!({ "code": "entity.not_found", "message": "" });
    stage.fault(
        "/identities/github",
        "DELETE",
        logto_sandbox::FaultAction::Status(400, Some(refused)),
        Some(1),
    );
    let call = unlink(&app, "github").await;
    assert_ne!(proven(&app, &call).await.status, 200);
    // An administrator removes it afterwards.
    stage.sandbox.patch_user("alice", &json!({ "identities": {} }));
    assert_eq!(former(&list(&app).await), Vec::<Value>::new());
}

/// An account that was linked again is not removed any more, whoever removes it then.
#[tokio::test]
async fn b20_account_that_was_linked_again_is_not_kept() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "mock-social", "account-42");
    assert_eq!(former(&unlinked(&app, "mock-social").await).len(), 1);
    let begun = begin(&app, "mock-social", Value::Null).await;
    let deep_link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
    assert_eq!(app.call(&finish_call(&deep_link)).await.status, 200);
    assert!(records.texts("SELECT account_key FROM former_identities").await.is_empty());
    stage.sandbox.patch_user("alice", &json!({ "identities": {} }));
    assert_eq!(former(&list(&app).await), Vec::<Value>::new());
}

#[tokio::test]
async fn b20_sixteen_accounts_are_kept() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    for number in 0..18 {
        link(&stage, "github", &format!("account-{number}"));
        unlinked(&app, "github").await;
        stage.advance(1);
    }
    assert_eq!(former(&list(&app).await).len(), 16);
    assert_eq!(records.texts("SELECT account_key FROM former_identities").await.len(), 16);
}

#[tokio::test]
async fn b20_accounts_are_linked_and_restored_on_postgres() {
    on_postgres(async |place| {
        let stage = Stage::social_with(|config, sandbox| {
            keep_in(config, &place);
            config.social.direct = vec!["mock-social".to_owned()];
            config.social.openid = vec![crate::social_openid::provider(sandbox)];
        })
        .await;
        let app = App::sign_in(&stage, "alice").await;
        for target in ["github", "corp-id"] {
            let begun = begin(&app, target, Value::Null).await;
            let deep_link = come_back(&authorize(&stage, &begun.uri, "account-42").await).await;
            let linked = app.call(&finish_call(&deep_link)).await;
            assert_eq!(linked.status, 200, "{target}: {}", linked.text);
            let all = former(&unlinked(&app, target).await);
            let one = all.into_iter().find(|former| former["target"] == target).unwrap();
            let restored = proven(&app, &restore(&one, Value::Null)).await;
            assert_eq!(restored.status, 200, "{target}: {}", restored.text);
            let all = former(&unlinked(&app, target).await);
            let one = all.into_iter().find(|former| former["target"] == target).unwrap();
            assert_eq!(proven(&app, &forget(&one)).await.status, 200, "{target}");
        }
        let begun = begin(&app, "mock-social", Value::Null).await;
        let answer = url::Url::parse(&authorize(&stage, &begun.uri, "account-42").await).unwrap();
        let (_, code) = answer.query_pairs().find(|(name, _)| name == "code").unwrap();
        let body = json!({ "state": begun.state, "verifier": secret(VERIFIER), "answer": { "code": code } });
        let linked = app.call(&Call::post("/social/link/finish", body)).await;
        assert_eq!(linked.status, 200, "{}", linked.text);
    })
    .await;
}

#[tokio::test]
async fn b20_account_that_cannot_sign_in_here_is_not_restored() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let one = former(&unlinked(&app, "github").await).remove(0);
    let identities = json!({ "identities": { "github": { "userId": "account-42" } } });
    stage.sandbox.patch_user("bob", &identities);
    let taken = proven(&app, &restore(&one, Value::Null)).await;
    assert_eq!(taken.outcome(), (409, "identifier_unavailable"), "{}", taken.text);
    assert_eq!(former(&list(&app).await).len(), 1, "it stays for another try");
    let bob = App::sign_in(&stage, "bob").await;
    assert_eq!(bob.call(&restore(&one, Value::Null)).await.outcome(), (404, "social_not_restorable"));

    link(&stage, "orkut", "account-43");
    let all = former(&unlinked(&app, "orkut").await);
    let old = all.into_iter().find(|former| former["target"] == "orkut").unwrap();
    assert_eq!(old["signs_in"], false);
    assert_eq!(app.call(&restore(&old, Value::Null)).await.outcome(), (409, "social_not_linkable"));
}

#[tokio::test]
async fn b17_restored_account_must_leave_a_sign_in_method() {
    let stage = Stage::new().await;
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    let app = App::sign_in(&stage, "alice").await;
    // Logto lets no user sign in with an account whose address an enterprise connector owns.
    let owned = json!({ "id": "owned", "email": "alice@corp.example.test", "rawData": {} });
    let identities = json!({ "github": { "userId": "owned", "details": owned } });
    stage.sandbox.patch_user("alice", &json!({ "identities": identities }));
    let one = former(&unlinked(&app, "github").await).remove(0);
    link(&stage, "github", "account-42");
    let present = list(&app).await.body["accounts"][0]["key"].clone();
    let none = json!({ "primaryEmail": null, "primaryPhone": null, "hasPassword": false });
    stage.sandbox.patch_user("alice", &none);
    let refused = app.call(&restore(&one, present)).await;
    assert_eq!(refused.outcome(), (409, "last_sign_in_method"), "{}", refused.text);
    assert_eq!(identity(&stage, "github")["userId"], "account-42");
}
