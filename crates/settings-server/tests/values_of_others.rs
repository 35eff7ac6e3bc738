//! Values that administrators, other programs and older clients keep in Logto, and that this product would not write.
//! The account can still be read, a neighbouring field can be changed, and the values stay as they were.

use serde_json::{Value, json};

use crate::support::{Stage, change};

/// Starts a stage on which alice has these values in Logto.
async fn stage(changes: Value) -> Stage {
    let stage = Stage::new().await;
    stage.sandbox.patch_user("alice", &changes);
    stage
}

fn stored(stage: &Stage) -> Value {
    stage.sandbox.user_json("alice")
}

#[tokio::test]
async fn profile_value_of_any_shape_is_shown_and_left_alone() {
    for (name, field, value, shown) in [
        ("birthdate", "birthdate", json!(1990), "1990"),
        ("birthdate", "birthdate", json!("17.04.1990"), "17.04.1990"),
        ("gender", "gender", json!({ "code": "f" }), r#"{"code":"f"}"#),
        ("gender", "gender", json!("x".repeat(300)), &"x".repeat(300)),
        ("familyName", "family_name", json!(["a", "b"]), r#"["a","b"]"#),
        ("familyName", "family_name", json!("two\nlines"), "two\nlines"),
        ("middleName", "middle_name", json!(true), "true"),
        ("middleName", "middle_name", json!("\u{3164}"), "\u{3164}"),
        ("website", "website", json!("alice.example.test"), "alice.example.test"),
        ("profile", "profile", json!("http:/people.example.test"), "http:/people.example.test"),
        ("locale", "locale", json!("de_AT"), "de_AT"),
        ("zoneinfo", "zoneinfo", json!("Mars/Olympus Mons"), "Mars/Olympus Mons"),
    ] {
        let stage =
            stage(json!({ "profile": { "givenName": "Alice", "nickname": "Al", name: value } })).await;
        let before = stage.alice().await;
        assert_eq!(before.body["profile"]["value"][field], shown, "{name}: {}", before.text);
        // A neighbour is set, another cleared, and this one sent along as it was seen.
        let edits = json!({
            "given_name": { "from": "Alice", "to": "Alicia" }, "nickname": { "from": "Al", "to": null },
            field: { "from": shown, "to": shown },
        });
        let answer = stage.alice_patches("/account/profile", &edits).await;
        assert_eq!(answer.status, 200, "{name} {value}: {}", answer.text);
        assert_eq!(answer.body["profile"]["value"]["nickname"], Value::Null, "{name}");
        let profile = &stored(&stage)["profile"];
        assert_eq!((&profile["givenName"], &profile[name]), (&json!("Alicia"), &value), "{name}");
        // It can be changed itself, and only to what can be stored.
        let again = stage.alice_patches("/account/profile", &change(field, shown, "a\nb")).await;
        assert_eq!(again.outcome(), (422, "invalid_value"), "{name}");
    }
}

#[tokio::test]
async fn profile_that_is_no_object_is_an_empty_one() {
    for profile in [Value::Null, json!("text"), json!([1])] {
        let stage = stage(json!({ "profile": profile })).await;
        let answer = stage.alice().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["profile"]["value"]["given_name"], Value::Null);
    }
}

#[tokio::test]
async fn address_with_odd_lines_can_be_changed_line_by_line() {
    let long = "x".repeat(200);
    let address = json!({
        "streetAddress": "1 Test Street", "locality": long, "region": "a\u{7}b", "postalCode": 10115, "country": " ",
    });
    let stage = stage(json!({ "profile": { "address": address } })).await;
    let seen = stage.alice().await.body["profile"]["value"]["address"].clone();
    assert_eq!((&seen["locality"], &seen["postal_code"]), (&json!(long), &json!("10115")));
    let mut new = seen.clone();
    new["street_address"] = json!("2 Other Road");
    let answer = stage.alice_patches("/account/profile", &change("address", seen.clone(), new.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let kept = &stored(&stage)["profile"]["address"];
    assert_eq!(kept["streetAddress"], "2 Other Road");
    for (name, value) in [("locality", json!(long)), ("region", json!("a\u{7}b")), ("country", json!(" "))] {
        assert_eq!(kept[name], value, "{name}");
    }
    // A line that is changed must be valid.
    for line in ["locality", "region", "country"] {
        let mut wrong = new.clone();
        wrong[line] = json!("a\u{8}b");
        let answer = stage.alice_patches("/account/profile", &change("address", new.clone(), wrong)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{line}");
        assert_eq!(answer.body["field"], format!("address.{line}"));
    }
}

#[tokio::test]
async fn address_that_is_a_text_is_the_whole_address() {
    let stage =
        stage(json!({ "profile": { "address": "1 Test Street, Berlin", "givenName": "Alice" } })).await;
    let seen = stage.alice().await.body["profile"]["value"]["address"].clone();
    assert_eq!(seen["formatted"], "1 Test Street, Berlin");
    let answer = stage.alice_patches("/account/profile", &change("given_name", "Alice", "Alicia")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(stored(&stage)["profile"]["address"], "1 Test Street, Berlin");
}

#[tokio::test]
async fn name_and_avatar_of_others_block_no_neighbour() {
    let avatar = "http://pictures.example.test/alice picture.png";
    let stage = stage(json!({ "name": "\u{200b}", "avatar": avatar })).await;
    let body = json!({
        "name": { "from": "\u{200b}", "to": "Alice" }, "avatar": { "from": avatar, "to": avatar },
    });
    let answer = stage.alice_patches("/account", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&stored(&stage)["name"], &stored(&stage)["avatar"]), (&json!("Alice"), &json!(avatar)));
}

#[tokio::test]
async fn identities_and_custom_data_of_any_shape_hide_no_account() {
    let stage = stage(json!({
        "customData": null,
        "identities": {
            "github": { "userId": "1", "details": { "email": 5, "rawData": [] } },
            "google": { "userId": 7 }, "x": "text",
        },
    }))
    .await;
    let answer = stage.alice().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["preferences"]["value"], json!({ "theme": null, "language": null }));
}

#[tokio::test]
async fn preferences_of_another_version_are_kept_next_to_ours() {
    let ours = json!({ "theme": "neon", "language": { "tag": "fr" }, "density": "high" });
    let stage = stage(json!({ "customData": { "latchkey": ours } })).await;
    let answer = stage.alice_patches("/account/preferences", &change("language", Value::Null, "de")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["preferences"]["value"], json!({ "theme": null, "language": "de" }));
    let wanted = json!({ "theme": "neon", "language": "de", "density": "high" });
    assert_eq!(stored(&stage)["customData"]["latchkey"], wanted);
}

#[tokio::test]
async fn definition_without_words_spoils_no_other() {
    let stage = Stage::new().await;
    let definition = |name: &str, label: Value| {
        json!({
            "tenantId": "default", "id": name, "name": name, "type": "Text", "label": label, "description": 4,
            "required": null, "config": null, "createdAt": 0, "sieOrder": 1
        })
    };
    let all = vec![definition("a", Value::Null), definition("b", json!(7)), definition("c", json!("C"))];
    stage.sandbox.set_custom_profile_fields(all);
    let answer = stage.alice().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let labels: Vec<&Value> =
        answer.body["custom_fields"].as_array().unwrap().iter().map(|field| &field["label"]).collect();
    assert_eq!(labels, [&Value::Null, &Value::Null, &json!("C")]);
}

#[tokio::test]
async fn numbers_written_otherwise_are_shown_as_they_are() {
    let stage = stage(json!({ "customData": {
        "a": "007", "b": "41.50", "c": "1e3", "d": "17", "e": " 8 ", "f": "-0", "g": "12345678901234567890",
    } }))
    .await;
    let definition = |name: &str| {
        json!({
            "tenantId": "default", "id": name, "name": name, "type": "Number", "label": name, "description": null,
            "required": false, "config": {}, "createdAt": 0, "sieOrder": 1
        })
    };
    stage.sandbox.set_custom_profile_fields(["a", "b", "c", "d", "e", "f", "g"].map(definition).to_vec());
    let answer = stage.alice().await;
    let values: Vec<&Value> = answer.body["custom_fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["value"]["value"])
        .collect();
    let wanted = [
        json!("007"),
        json!("41.50"),
        json!("1e3"),
        json!(17.0),
        json!(8.0),
        json!("-0"),
        json!("12345678901234567890"),
    ];
    assert_eq!(values, wanted.iter().collect::<Vec<_>>());
    let answer = stage.alice_patches("/account/custom-fields", &change("d", 17, 18)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(stored(&stage)["customData"]["a"], "007");
    let answer = stage.alice_patches("/account/custom-fields", &change("a", "007", 8)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// A member that is nested too deeply for a parser hides no other one, and stays.
#[tokio::test]
async fn custom_data_of_any_depth_hides_no_account() {
    let deep = (0..150).fold(json!("x"), |inner, _| json!({ "a": inner }));
    let custom_data = json!({ "other": deep, "latchkey": { "theme": "dark" } });
    let stage = stage(json!({ "customData": custom_data })).await;
    let answer = stage.alice().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["preferences"]["value"]["theme"], "dark");
    let answer = stage.alice_patches("/account/preferences", &change("theme", "dark", "light")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(stored(&stage)["customData"]["other"], deep);
}
