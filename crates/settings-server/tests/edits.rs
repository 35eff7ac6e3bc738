//! Edits: they reach Logto, they are checked, and they overwrite no other edit (decision 6).

use serde_json::{Value, json};

use crate::support::{Stage, change};

/// One text field of the profile: its name, Logto's name for it, alice's value, good values and bad ones.
type ProfileEdit =
    (&'static str, &'static str, Option<&'static str>, &'static [&'static str], &'static [&'static str]);

/// Every text field of the profile.
pub(crate) const PROFILE_EDITS: [ProfileEdit; 11] = [
    (
        "given_name",
        "givenName",
        Some("Alice"),
        &["Zoë", "李", "O'Neill-Smith"],
        &["", " ", "a\u{0}b", "a\nb", "\u{7f}", "\u{200b}", "\u{3164}"],
    ),
    ("family_name", "familyName", Some("Example"), &["de la Cruz"], &["", "\t", "a\u{1b}[31m"]),
    ("middle_name", "middleName", None, &["Q."], &["", "a\rb"]),
    ("nickname", "nickname", Some("Al"), &["Ali 🦊"], &["", "\u{0}"]),
    ("preferred_username", "preferredUsername", None, &["al.ice"], &["", "a\nb"]),
    (
        "profile",
        "profile",
        None,
        &["https://people.example.test/alice"],
        &["", "http://people.example.test/alice", "people.example.test", "javascript:alert(1)", "https://"],
    ),
    (
        "website",
        "website",
        Some("https://alice.example.test"),
        &["http://alice.example.test/", "https://alice.example.test/a?b=c#d"],
        &[
            "",
            "ftp://x.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.test",
            "https://u:p@x.test",
            "https://a b.test",
        ],
    ),
    ("gender", "gender", Some("female"), &["non-binary"], &["", "a\nb"]),
    (
        "birthdate",
        "birthdate",
        Some("1990-04-12"),
        &["2000-02-29", "0000-02-29", "0000-12-31", "1984"],
        &[
            "",
            "1990-4-12",
            "1990-13-01",
            "1990-00-10",
            "1990-02-29",
            "1900-02-29",
            "1990-04-31",
            "90",
            "0000",
            "1990-04",
            "+990-04-12",
            "1990-04-12T00:00",
            "１９９０-04-12",
        ],
    ),
    (
        "zoneinfo",
        "zoneinfo",
        Some("Europe/Berlin"),
        &["UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
        &["", "Europe/", "/Vienna", "Europe//Vienna", "../etc/passwd", "Europe/Vienna ", "a/b/c/d"],
    ),
    (
        "locale",
        "locale",
        Some("en-GB"),
        &["de", "de-AT", "zh-Hant-TW"],
        &["", "e", "en_GB", "en-", "-en", "12", "en-ÄÖ"],
    ),
];

#[tokio::test]
async fn name_and_avatar_are_changed_and_cleared() {
    let stage = Stage::new().await;
    let body = json!({
        "name": { "from": "Alice Example", "to": "Alice Maria Example" },
        "avatar": { "from": null, "to": "https://pictures.example.test/alice.png" }
    });
    let answer = stage.alice_patches("/account", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["name"], json!({ "access": "edit", "value": "Alice Maria Example" }));
    let user = stage.sandbox.user_json("alice");
    assert_eq!(
        (&user["name"], &user["avatar"]),
        (&json!("Alice Maria Example"), &json!("https://pictures.example.test/alice.png"))
    );
    let body = json!({
        "name": { "from": "Alice Maria Example", "to": null },
        "avatar": { "from": "https://pictures.example.test/alice.png", "to": null }
    });
    assert_eq!(stage.alice_patches("/account", &body).await.status, 200);
    let user = stage.sandbox.user_json("alice");
    assert_eq!((&user["name"], &user["avatar"]), (&Value::Null, &Value::Null));
    let answer = stage.alice_patches("/account", &json!({})).await;
    assert_eq!(answer.body, stage.alice().await.body, "the answer of an edit is what a read gives");
}

#[tokio::test]
async fn names_and_avatars_that_cannot_be_stored_are_refused() {
    let stage = Stage::new().await;
    let before = stage.sandbox.user_json("alice");
    let long = "x".repeat(129);
    let long_url = format!("https://x.test/{}", "y".repeat(2048));
    for (field, from, to) in [
        ("name", json!("Alice Example"), ""),
        ("name", json!("Alice Example"), "   "),
        ("name", json!("Alice Example"), "a\u{0}b"),
        ("name", json!("Alice Example"), "a\nb"),
        ("name", json!("Alice Example"), "\u{85}"),
        ("name", json!("Alice Example"), "\u{200b}"),
        ("name", json!("Alice Example"), "\u{3164}"),
        ("name", json!("Alice Example"), " \u{2800}\u{feff}\u{ad}"),
        ("name", json!("Alice Example"), &long),
        ("avatar", Value::Null, ""),
        ("avatar", Value::Null, "http://pictures.example.test/a.png"),
        ("avatar", Value::Null, "data:image/png;base64,AAAA"),
        ("avatar", Value::Null, "https://user:password@pictures.example.test/a.png"),
        ("avatar", Value::Null, "https:///a.png\n"),
        ("avatar", Value::Null, "https://"),
        ("avatar", Value::Null, "https:/pictures.example.test/a.png"),
        ("avatar", Value::Null, "https:pictures.example.test/a.png"),
        ("avatar", Value::Null, "https:\\\\pictures.example.test\\a.png"),
        ("avatar", Value::Null, "https:///pictures.example.test/a.png"),
        ("avatar", Value::Null, "https://https://pictures.example.test/a.png"),
        ("avatar", Value::Null, &long_url),
    ] {
        let answer = stage.alice_patches("/account", &change(field, from, to)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{field} {to:?}: {}", answer.text);
        assert_eq!(answer.body["field"], field);
    }
    assert_eq!(stage.sandbox.user_json("alice"), before);
    assert_eq!(stage.request_count("/api/users/"), 0, "refused before Logto is asked");
    let longest = "ü".repeat(128);
    let answer = stage.alice_patches("/account", &change("name", "Alice Example", longest.as_str())).await;
    assert_eq!(answer.status, 200, "128 characters are not too many: {}", answer.text);
    let seen = "👩\u{200d}🚀 \u{200f}אליס";
    let answer = stage.alice_patches("/account", &change("name", longest.as_str(), seen)).await;
    assert_eq!(answer.status, 200, "joiners and marks of direction belong to a name: {}", answer.text);
}

#[tokio::test]
async fn every_profile_field_is_changed_cleared_and_checked() {
    let stage = Stage::new().await;
    for (field, logto_name, present, good, bad) in PROFILE_EDITS {
        for value in bad {
            let answer = stage.alice_patches("/account/profile", &change(field, present, *value)).await;
            assert_eq!(answer.outcome(), (422, "invalid_value"), "{field} {value:?}: {}", answer.text);
            assert_eq!(answer.body["field"], field);
        }
        let mut now = present.map(str::to_owned);
        for value in good {
            let answer = stage.alice_patches("/account/profile", &change(field, now.clone(), *value)).await;
            assert_eq!(answer.status, 200, "{field} {value:?}: {}", answer.text);
            assert_eq!(answer.body["profile"]["value"][field], *value, "{field}");
            assert_eq!(stage.sandbox.user_json("alice")["profile"][logto_name], *value, "{field}");
            now = Some((*value).to_owned());
        }
        let answer = stage.alice_patches("/account/profile", &change(field, now, Value::Null)).await;
        assert_eq!(answer.status, 200, "{field}: {}", answer.text);
        assert!(
            stage.sandbox.user_json("alice")["profile"].get(logto_name).is_none(),
            "{field}: cleared means gone"
        );
        assert_eq!(answer.body["profile"]["value"][field], Value::Null);
    }
    let address = &stage.sandbox.user_json("alice")["profile"]["address"];
    assert_eq!(address["locality"], "Berlin", "what was not edited is still there");
}

#[tokio::test]
async fn one_edit_sets_a_field_clears_another_and_keeps_the_rest() {
    let stage = Stage::new().await;
    let body = json!({ "given_name": { "from": "Alice", "to": "Alicia" }, "nickname": { "from": "Al", "to": null } });
    let answer = stage.alice_patches("/account/profile", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let profile = &stage.sandbox.user_json("alice")["profile"];
    assert_eq!(profile["givenName"], "Alicia");
    assert!(profile.get("nickname").is_none());
    assert_eq!(profile["familyName"], "Example");
    assert_eq!(profile["address"]["locality"], "Berlin");
}

#[tokio::test]
async fn clearing_keeps_what_only_the_tenant_knows_in_a_profile() {
    let stage = Stage::new().await;
    let mut profile = stage.sandbox.user_json("alice")["profile"].clone();
    profile["x-custom"] = json!({ "kept": true });
    stage.sandbox.patch_user("alice", &json!({ "profile": profile }));
    assert_eq!(stage.sandbox.user_json("alice")["profile"], profile, "the key is there to be lost");
    let address = stage.alice().await.body["profile"]["value"]["address"].clone();
    let body = json!({
        "nickname": { "from": "Al", "to": null },
        "address": { "from": address, "to": null },
        "given_name": { "from": "Alice", "to": "Alicia" }
    });
    let answer = stage.alice_patches("/account/profile", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let value = &answer.body["profile"]["value"];
    assert_eq!((&value["nickname"], &value["address"]), (&Value::Null, &Value::Null));
    assert_eq!(stage.alice().await.body, answer.body);
    profile["nickname"] = json!("");
    profile["address"] = json!({});
    profile["givenName"] = json!("Alicia");
    assert_eq!(stage.sandbox.user_json("alice")["profile"], profile, "and everything else as it was");
    // What was cleared this way can be set again.
    let answer = stage.alice_patches("/account/profile", &change("nickname", Value::Null, "Ali")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn the_address_is_replaced_whole_checked_by_line_and_cleared() {
    let stage = Stage::new().await;
    let present = stage.alice().await.body["profile"]["value"]["address"].clone();
    for (line, value) in [
        ("formatted", "a\u{0}"),
        ("street_address", "\u{7}"),
        ("locality", "a\nb"),
        ("region", " "),
        ("postal_code", ""),
        ("country", "\u{200b}\u{0}"),
    ] {
        let answer = stage
            .alice_patches("/account/profile", &change("address", present.clone(), json!({ line: value })))
            .await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{line}");
        assert_eq!(answer.body["field"], format!("address.{line}"));
    }
    let new = json!({ "street_address": "Ring 1\nTop 2", "locality": "Wien", "country": "AT" });
    let answer =
        stage.alice_patches("/account/profile", &change("address", present.clone(), new.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let stored = json!({ "streetAddress": "Ring 1\nTop 2", "locality": "Wien", "country": "AT" });
    assert_eq!(stage.sandbox.user_json("alice")["profile"]["address"], stored);
    // A client that still sees the old address does not overwrite the new one.
    let answer = stage
        .alice_patches("/account/profile", &change("address", present, json!({ "locality": "Graz" })))
        .await;
    assert_eq!(answer.outcome(), (409, "conflict"));
    assert_eq!(answer.body["detail"]["fields"], json!(["address"]));
    // An address without lines is no address.
    let answer = stage.alice_patches("/account/profile", &change("address", new, json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(stage.sandbox.user_json("alice")["profile"].get("address").is_none());
}

#[tokio::test]
async fn preferences_are_stored_and_other_custom_data_is_kept() {
    let stage = Stage::new().await;
    stage.sandbox.patch_user(
        "alice",
        &json!({ "customData": { "tenant": { "a": 1 }, "latchkey": { "other": true } } }),
    );
    let body = json!({ "theme": { "from": null, "to": "dark" }, "language": { "from": null, "to": "de" } });
    let answer = stage.alice_patches("/account/preferences", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["preferences"]["value"], json!({ "theme": "dark", "language": "de" }));
    let wanted =
        json!({ "tenant": { "a": 1 }, "latchkey": { "other": true, "theme": "dark", "language": "de" } });
    assert_eq!(stage.sandbox.user_json("alice")["customData"], wanted);
    // One of two is changed, the other stays: what is nested is merged here, Logto would replace it.
    assert_eq!(
        stage.alice_patches("/account/preferences", &change("theme", "dark", "light")).await.status,
        200
    );
    assert_eq!(stage.sandbox.user_json("alice")["customData"]["latchkey"]["language"], "de");
    let answer = stage.alice_patches("/account/preferences", &change("theme", "dark", "system")).await;
    assert_eq!(answer.outcome(), (409, "conflict"));
    assert_eq!(
        stage.alice_patches("/account/preferences", &change("language", "de", Value::Null)).await.status,
        200
    );
    let wanted = json!({ "tenant": { "a": 1 }, "latchkey": { "other": true, "theme": "light" } });
    assert_eq!(stage.sandbox.user_json("alice")["customData"], wanted);
}

#[tokio::test]
async fn a_change_made_elsewhere_is_not_overwritten() {
    let stage = Stage::new().await;
    stage.sandbox.patch_user("alice", &json!({ "name": "Renamed Elsewhere" }));
    let body = json!({
        "name": { "from": "Alice Example", "to": "Mine" },
        "avatar": { "from": null, "to": "https://pictures.example.test/a.png" }
    });
    let answer = stage.alice_patches("/account", &body).await;
    assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
    assert_eq!(answer.body["field"], "name");
    assert_eq!(answer.body["detail"]["kind"], "conflict");
    assert_eq!(answer.body["detail"]["fields"], json!(["name"]));
    assert_eq!(answer.body["detail"]["present"], stage.alice().await.body);
    let user = stage.sandbox.user_json("alice");
    assert_eq!(
        (&user["name"], &user["avatar"]),
        (&json!("Renamed Elsewhere"), &Value::Null),
        "nothing was written"
    );
    // With the present value known, the user decides again.
    let answer = stage.alice_patches("/account", &change("name", "Renamed Elsewhere", "Mine")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_change_of_another_field_elsewhere_is_no_conflict() {
    let stage = Stage::new().await;
    stage.sandbox.patch_user("alice", &json!({ "name": "Renamed Elsewhere", "updatedAt": 1 }));
    let answer = stage
        .alice_patches("/account", &change("avatar", Value::Null, "https://pictures.example.test/a.png"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["name"]["value"], "Renamed Elsewhere");
}

#[tokio::test]
async fn an_edit_that_changes_nothing_writes_nothing() {
    let stage = Stage::new().await;
    for body in [
        json!({}),
        change("name", "Alice Example", "Alice Example"),
        // Seen before she was renamed elsewhere, but not edited: no conflict.
        change("name", "An Older Name", "An Older Name"),
        // Already the new value: a repeated request succeeds.
        change("name", "An Older Name", "Alice Example"),
    ] {
        let answer = stage.alice_patches("/account", &body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text);
    }
    let writes = stage.sandbox.request_log().iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(writes, 0);
}
