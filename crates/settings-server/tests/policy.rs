//! B7: what a user may do with each field, in each mode, and who decides it (decision 5).

use account_api::account::{AccountUpdateRequest, ProfileUpdateRequest};
use serde_json::{Map, Value, json};
use settings_server::config::{FieldMode, FieldTable};

use crate::support::{ALL_SCOPES, Stage, change};

/// Each editable field: Logto's name for its permission, its place in the view, and an edit of it.
fn edits() -> [(&'static str, &'static str, &'static str, Value); 4] {
    [
        ("name", "name", "/account", change("name", "Alice Example", "Alice")),
        (
            "avatar",
            "avatar",
            "/account",
            change("avatar", Value::Null, "https://pictures.example.test/a.png"),
        ),
        ("profile", "profile", "/account/profile", change("nickname", "Al", "Ali")),
        ("customData", "preferences", "/account/preferences", change("theme", Value::Null, "dark")),
    ]
}

/// Logto's table with one field set and all others on.
fn center(field: &str, control: Option<&str>) -> Value {
    let mut fields: Map<String, Value> =
        ["name", "avatar", "profile", "email", "phone", "username", "customData"]
            .into_iter()
            .map(|name| (name.to_owned(), json!("Edit")))
            .collect();
    match control {
        Some(control) => fields.insert(field.to_owned(), json!(control)),
        None => fields.remove(field),
    };
    json!({ "enabled": true, "fields": fields })
}

fn table(field: &str, mode: FieldMode) -> FieldTable {
    let mut table = FieldTable::default();
    let slot = match field {
        "name" => &mut table.name,
        "avatar" => &mut table.avatar,
        "username" => &mut table.username,
        "email" => &mut table.email,
        "phone" => &mut table.phone,
        "profile" => &mut table.profile,
        _ => &mut table.custom_data,
    };
    *slot = Some(mode);
    table
}

/// Reads the field and tries to edit it: what is shown, and how the edit is answered.
async fn probe(
    stage: &Stage,
    case: &str,
    view: &str,
    path: &str,
    edit: &Value,
    wanted: (&str, Option<&str>),
) {
    let (access, reason) = wanted;
    let body = stage.alice().await.body;
    assert_eq!(body[view]["access"], access, "{case}");
    assert_eq!(body[view].get("reason").and_then(Value::as_str), reason, "{case}");
    assert_eq!(body[view].get("value").is_some(), access != "off", "{case}: the value of an off field");
    let before = stage.sandbox.user_json("alice");
    let answer = stage.alice_patches(path, edit).await;
    if access == "edit" {
        assert_eq!(answer.status, 200, "{case}: {}", answer.text);
        assert_ne!(stage.sandbox.user_json("alice"), before, "{case}: nothing was written");
    } else {
        let field = edit.as_object().unwrap().keys().next().unwrap();
        assert_eq!(answer.outcome(), (403, "field_not_editable"), "{case}");
        assert_eq!(answer.body["field"], field.as_str(), "{case}");
        assert_eq!(stage.sandbox.user_json("alice"), before, "{case}: something was written");
    }
}

#[tokio::test]
async fn b7_account_center_enabled_each_field_in_each_mode() {
    for (field, view, path, edit) in edits() {
        for (control, access, reason) in [
            (Some("Edit"), "edit", None),
            (Some("ReadOnly"), "read_only", Some("organisation")),
            (Some("Off"), "off", None),
            (Some("SomethingNew"), "off", None),
            (None, "off", None),
        ] {
            let stage = Stage::new().await;
            stage.sandbox.set_account_center(&center(field, control));
            let case = format!("{field} {control:?}");
            probe(&stage, &case, view, path, &edit, (access, reason)).await;
        }
    }
}

#[tokio::test]
async fn b7_account_center_disabled_the_servers_table_decides() {
    for (field, view, path, edit) in edits() {
        for (mode, access, reason) in [
            (FieldMode::Edit, "edit", None),
            (FieldMode::ReadOnly, "read_only", Some("server")),
            (FieldMode::Off, "off", None),
        ] {
            let stage = Stage::with(|config| config.fields = table(field, mode)).await;
            // What a disabled account center lists does not count.
            stage.sandbox.set_account_center(&json!({ "enabled": false, "fields": { field: "Off" } }));
            probe(&stage, &format!("{field} {mode:?}"), view, path, &edit, (access, reason)).await;
        }
    }
}

#[tokio::test]
async fn b7_without_account_center_and_table_only_custom_data_is_off() {
    for (field, view, path, edit) in edits() {
        let stage = Stage::new().await;
        stage.sandbox.set_account_center(&json!({ "enabled": false, "fields": {} }));
        let access = if field == "customData" { "off" } else { "edit" };
        probe(&stage, field, view, path, &edit, (access, None)).await;
    }
}

#[tokio::test]
async fn b7_account_center_partial_the_table_may_only_narrow() {
    for (field, view, path, edit) in edits() {
        for (control, mode, access, reason) in [
            ("Edit", FieldMode::ReadOnly, "read_only", Some("server")),
            ("Edit", FieldMode::Off, "off", None),
            ("ReadOnly", FieldMode::Edit, "read_only", Some("organisation")),
            ("ReadOnly", FieldMode::ReadOnly, "read_only", Some("organisation")),
            ("ReadOnly", FieldMode::Off, "off", None),
            ("Off", FieldMode::Edit, "off", None),
        ] {
            let stage = Stage::with(|config| config.fields = table(field, mode)).await;
            stage.sandbox.set_account_center(&center(field, Some(control)));
            probe(&stage, &format!("{field} {control} {mode:?}"), view, path, &edit, (access, reason)).await;
        }
    }
}

#[tokio::test]
async fn b7_identifiers_follow_the_policy() {
    for (field, value, edit) in [
        ("username", "alice", json!({ "access": "edit", "value": "alice" })),
        ("email", "alice@example.test", json!({ "access": "edit", "value": "alice@example.test" })),
        ("phone", "15550000001", json!({ "access": "edit", "value": "15550000001" })),
    ] {
        for (control, wanted) in [
            (Some("Edit"), edit),
            (Some("ReadOnly"), json!({ "access": "read_only", "value": value, "reason": "organisation" })),
            (Some("Off"), json!({ "access": "off" })),
            (None, json!({ "access": "off" })),
        ] {
            let stage = Stage::new().await;
            stage.sandbox.set_account_center(&center(field, control));
            let answer = stage.alice().await;
            assert_eq!(answer.body[field], wanted, "{field} {control:?}");
            if wanted["access"] == "off" {
                assert!(!answer.text.contains(&format!("\"{value}\"")), "{field}: {}", answer.text);
            }
        }
        let stage = Stage::with(|config| config.fields = table(field, FieldMode::Off)).await;
        assert_eq!(stage.alice().await.body[field], json!({ "access": "off" }), "{field} narrowed");
    }
}

#[tokio::test]
async fn b7_a_token_that_may_not_write_sees_read_only_fields() {
    let stage = Stage::new().await;
    let body = stage.account(&stage.token("alice", "account:read")).await.body;
    for field in ["name", "avatar", "profile", "preferences", "username", "email", "phone", "password"] {
        assert_eq!(body[field]["reason"], "scope", "{field}");
    }
    assert_eq!(body["sessions"], json!({ "access": "read_only", "reason": "scope" }));
    // Identifiers and the password have a scope of their own.
    let body = stage.account(&stage.token("alice", "account:read account:security")).await.body;
    assert_eq!((&body["email"]["access"], &body["name"]["access"]), (&json!("edit"), &json!("read_only")));
    let body = stage.account(&stage.token("alice", "account:read account:write")).await.body;
    assert_eq!((&body["email"]["reason"], &body["name"]["access"]), (&json!("scope"), &json!("edit")));
}

#[tokio::test]
async fn b7_code_routes_are_those_with_a_connector() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.body["code_routes"], json!(["email", "phone"]));
    stage.sandbox.remove_connectors("Sms");
    stage.advance(61);
    assert_eq!(stage.alice().await.body["code_routes"], json!(["email"]));
    stage.sandbox.remove_connectors("Email");
    stage.advance(61);
    assert_eq!(stage.alice().await.body["code_routes"], json!([]));
}

#[tokio::test]
async fn b7_unknown_and_malformed_members_are_refused() {
    let stage = Stage::new().await;
    let before = stage.sandbox.user_json("alice");
    let token = stage.token("alice", ALL_SCOPES);
    let name = json!({ "from": "Alice Example", "to": "X" });
    let cases = [
        ("/account", json!({ "name": name, "isSuspended": { "from": false, "to": true } })),
        ("/account", json!({ "primaryEmail": { "from": "alice@example.test", "to": "x@example.test" } })),
        ("/account", json!({ "username": { "from": "alice", "to": "mallory" } })),
        ("/account", json!({ "customData": { "from": {}, "to": { "x": 1 } } })),
        ("/account", json!({ "__proto__": { "from": null, "to": null } })),
        ("/account", json!({ "name": { "from": "Alice Example", "to": "X", "force": true } })),
        ("/account", json!({ "name": { "from": "Alice Example" } })),
        ("/account", json!({ "name": { "to": "X" } })),
        ("/account", json!({ "name": {} })),
        ("/account", json!({ "name": null })),
        ("/account", json!({ "name": "X" })),
        ("/account", json!({ "name": { "from": "Alice Example", "to": 7 } })),
        ("/account", json!([])),
        ("/account", json!(null)),
        ("/account/profile", json!({ "name": name })),
        ("/account/profile", json!({ "sub": { "from": "a", "to": "b" } })),
        ("/account/profile", json!({ "givenName": { "from": "Alice", "to": "X" } })),
        ("/account/profile", json!({ "address": { "from": null, "to": { "city": "Wien" } } })),
        ("/account/profile", json!({ "address": { "from": null, "to": "Wien" } })),
        ("/account/profile", json!({ "address": { "from": null, "to": [] } })),
        ("/account/profile", json!({ "address": { "from": [null, "1 Test Street"], "to": null } })),
        ("/account/preferences", json!({ "theme": { "from": null, "to": { "dark": null } } })),
        ("/account/preferences", json!({ "language": { "from": { "en": null }, "to": "de" } })),
        ("/account/preferences", json!({ "theme": { "from": null, "to": "neon" } })),
        ("/account/preferences", json!({ "language": { "from": null, "to": "xx" } })),
        ("/account/preferences", json!({ "fontSize": { "from": null, "to": 12 } })),
    ];
    for (path, body) in cases {
        let answer = stage.patch(path, &token, &body).await;
        assert_eq!(answer.outcome(), (400, "invalid_body"), "{path} {body}: {}", answer.text);
    }
    for text in [
        "",
        "{",
        "{\"name\":{\"from\":\"Alice Example\",\"to\":\"X\"},\"name\":{\"from\":\"Alice Example\",\"to\":\"Y\"}}",
        "{\"name\":{\"from\":\"Alice Example\",\"to\":\"X\",\"to\":\"Y\"}}",
        "{} {}",
        "\u{feff}{}",
        "[[[[",
        "name=X",
    ] {
        let request = stage
            .http
            .patch(stage.url("/account"))
            .bearer_auth(&token)
            .header("content-type", "application/json");
        let answer = crate::support::read(request.body(text)).await;
        assert_eq!(answer.outcome(), (400, "invalid_body"), "{text}");
        assert!(
            text.is_empty() || !answer.text.contains("Alice"),
            "the body is not repeated: {}",
            answer.text
        );
    }
    assert_eq!(stage.sandbox.user_json("alice"), before);
}

#[test]
fn b7_the_tables_of_these_tests_name_every_editable_field() {
    let names = |value: Value| value.as_object().unwrap().len();
    let change = || json!({ "from": null, "to": null });
    let account: AccountUpdateRequest =
        serde_json::from_value(json!({ "name": change(), "avatar": change() })).unwrap();
    assert_eq!(names(serde_json::to_value(account).unwrap()), 2);
    let profile: Value =
        crate::edits::PROFILE_EDITS.iter().map(|(field, ..)| ((*field).to_owned(), change())).collect();
    let profile: ProfileUpdateRequest = serde_json::from_value(profile).unwrap();
    // Eleven texts; the address has tests of its own.
    assert_eq!(names(serde_json::to_value(profile).unwrap()), 11);
}

#[tokio::test]
async fn the_tenants_settings_are_kept_for_at_most_a_minute() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.body["name"]["access"], "edit");
    stage.sandbox.set_account_center(&center("name", Some("Off")));
    stage.advance(59);
    assert_eq!(stage.alice().await.body["name"]["access"], "edit");
    stage.advance(1);
    assert_eq!(stage.alice().await.body["name"]["access"], "off");
}
