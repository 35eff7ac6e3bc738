//! The custom fields of an organisation (B23): Logto defines them and checks nothing, so everything is checked here.

use serde_json::{Value, json};

use crate::configuration_custom_fields::with_fields;
use crate::support::{Answer, Stage, change};

const PATH: &str = "/account/custom-fields";

fn definition(name: &str, kind: &str, config: Value) -> Value {
    json!({
        "tenantId": "default", "id": format!("id-of-{name}"), "name": name, "type": kind, "label": format!("The {name}"),
        "description": null, "required": false, "config": config, "createdAt": 1_795_329_939_582_u64, "sieOrder": 1
    })
}

/// Returns one definition of each type.
fn every_type() -> Vec<Value> {
    vec![
        definition("team", "Text", json!({ "placeholder": "Blue", "minLength": 2, "maxLength": 8 })),
        definition("desk", "Number", json!({ "minValue": 1, "maxValue": 99.5 })),
        definition("joined", "Date", json!({ "format": "dd/MM/yyyy" })),
        definition("badge", "Date", json!({ "format": "custom", "customFormat": "yyyy.MM.dd" })),
        definition("remote", "Checkbox", json!({ "defaultValue": "false" })),
        definition(
            "size",
            "Select",
            json!({ "options": [{ "value": "s", "label": "Small" }, { "value": "l" }] }),
        ),
        definition("page", "Url", json!({})),
        definition("code", "Regex", json!({ "format": "^[A-Z]{3}-\\d{2}$" })),
        definition("ahead", "Regex", json!({ "format": "^(?=.*\\d)\\w+$" })),
    ]
}

/// Starts a stage whose tenant defines these fields.
async fn stage_with(definitions: Vec<Value>) -> Stage {
    let stage = Stage::new().await;
    stage.sandbox.set_custom_profile_fields(definitions);
    stage
}

fn fields(answer: &Answer) -> &[Value] {
    answer.body["custom_fields"].as_array().unwrap()
}

fn field<'a>(answer: &'a Answer, name: &str) -> &'a Value {
    fields(answer).iter().find(|field| field["name"] == name).unwrap_or(&Value::Null)
}

fn custom_data(stage: &Stage) -> Value {
    stage.sandbox.user_json("alice")["customData"].clone()
}

#[tokio::test]
async fn the_tenants_fields_are_shown_with_what_they_hold() {
    let stage = stage_with(every_type()).await;
    stage
        .sandbox
        .patch_user("alice", &json!({ "customData": { "team": "Blue", "desk": 7, "remote": true } }));
    let answer = stage.alice().await;
    let names: Vec<&str> = fields(&answer).iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["team", "desk", "joined", "badge", "remote", "size", "page", "code", "ahead"]);
    assert_eq!(
        field(&answer, "team"),
        &json!({
            "name": "team", "label": "The team", "description": null, "placeholder": "Blue", "required": false,
            "kind": { "type": "text", "min_length": 2, "max_length": 8 },
            "value": { "access": "edit", "value": "Blue" }
        })
    );
    for (name, kind) in [
        ("desk", json!({ "type": "number", "min": 1.0, "max": 99.5 })),
        ("joined", json!({ "type": "date", "format": "dd/MM/yyyy" })),
        ("badge", json!({ "type": "date", "format": "yyyy.MM.dd" })),
        ("remote", json!({ "type": "checkbox" })),
        (
            "size",
            json!({ "type": "select", "options": [{ "value": "s", "label": "Small" }, { "value": "l", "label": null }] }),
        ),
        ("page", json!({ "type": "url" })),
        ("code", json!({ "type": "pattern" })),
    ] {
        assert_eq!(field(&answer, name)["kind"], kind, "{name}");
    }
    assert_eq!(field(&answer, "remote")["value"]["value"], true);
    assert_eq!(field(&answer, "desk")["value"]["value"].as_f64(), Some(7.0));
}

#[tokio::test]
async fn b23_each_value_is_checked_against_its_definition() {
    let long = "x".repeat(1025);
    let url = format!("https://x.test/{}", "y".repeat(2048));
    let cases: Vec<(&str, Vec<Value>, Vec<Value>)> = vec![
        (
            "team",
            vec![json!("ab"), json!("Blau"), json!("李李"), json!("🦊🦊🦊🦊")],
            vec![
                json!("a"),
                json!("ninechars"),
                json!("🦊🦊🦊🦊x"),
                json!("  "),
                json!("a\nb"),
                json!("a\u{0}b"),
                json!(true),
                json!(5),
            ],
        ),
        (
            "desk",
            vec![json!(1), json!(2.5), json!(99.5)],
            vec![json!(0), json!(100), json!(-1e300), json!("7"), json!(false)],
        ),
        (
            "joined",
            vec![json!("29/02/2024"), json!("01/12/1999")],
            vec![
                json!("29/02/2023"),
                json!("2024/02/29"),
                json!("1/2/2024"),
                json!("00/01/2024"),
                json!("01/01/0000"),
                json!("01-01-2024"),
                json!("01/01/2024 "),
                json!("é1/01/2024"),
                json!(""),
            ],
        ),
        ("badge", vec![json!("2024.02.29")], vec![json!("2024-02-29"), json!("29.02.2024")]),
        ("remote", vec![json!(true), json!(false)], vec![json!("true"), json!(1)]),
        ("size", vec![json!("s"), json!("l")], vec![json!("Small"), json!("m"), json!("")]),
        (
            "page",
            vec![json!("https://x.test/a?b#c"), json!("http://x.test/")],
            vec![json!("javascript:alert(1)"), json!("ftp://x.test"), json!("x.test"), json!(url)],
        ),
        ("code", vec![json!("ABC-12")], vec![json!("abc-12"), json!("ABC-123"), json!("ABC-12\n")]),
        ("ahead", vec![json!("a1")], vec![json!("ab"), json!(long)]),
    ];
    let stage = stage_with(every_type()).await;
    for (name, good, bad) in cases {
        let mut present = Value::Null;
        for value in good {
            let answer = stage.alice_patches(PATH, &change(name, present.clone(), value.clone())).await;
            assert_eq!(answer.status, 200, "{name} {value}: {}", answer.text);
            assert_eq!(custom_data(&stage)[name], value, "{name}");
            present = value;
        }
        for value in bad {
            let answer = stage.alice_patches(PATH, &change(name, present.clone(), value.clone())).await;
            assert_eq!(answer.outcome(), (422, "invalid_value"), "{name} {value}: {}", answer.text);
            assert_eq!(answer.body["field"], name, "{value}");
            assert_eq!(custom_data(&stage)[name], present, "{name} {value}");
        }
        let answer = stage.alice_patches(PATH, &change(name, present, Value::Null)).await;
        assert_eq!(answer.status, 200, "{name} is cleared: {}", answer.text);
        assert_eq!(field(&answer, name)["value"], json!({ "access": "edit", "value": null }));
    }
}

#[tokio::test]
async fn b23_only_defined_keys_are_written_and_others_are_kept() {
    // Names of Logto's own profile, of ours, and of JavaScript's objects define nothing, even if they are defined in
    // Logto.
    let mut definitions = every_type();
    for name in
        ["nickname", "avatar", "latchkey", "onboarding", "__proto__", "constructor", "prototype", "a.b", ""]
    {
        definitions.push(definition(name, "Text", json!({})));
    }
    let stage = stage_with(definitions).await;
    let before = json!({
        "team": "Blue", "secret": "canary-of-others", "nested": { "a": { "b": [1, 2] } }, "latchkey": { "theme": "dark" }
    });
    stage.sandbox.patch_user("alice", &json!({ "customData": before }));
    assert_eq!(fields(&stage.alice().await).len(), 9);
    for name in [
        "secret",
        "nested",
        "latchkey",
        "nickname",
        "avatar",
        "onboarding",
        "__proto__",
        "constructor",
        "prototype",
        "a.b",
        "",
        "TEAM",
        "team.x",
        "unknown",
    ] {
        let answer = stage.alice_patches(PATH, &change(name, Value::Null, "x")).await;
        assert_eq!(answer.outcome(), (403, "field_not_editable"), "{name}");
        // Together with one that may be written: it is all or nothing.
        let mut both = change(name, Value::Null, "x");
        both["team"] = json!({ "from": "Blue", "to": "Green" });
        assert_eq!(stage.alice_patches(PATH, &both).await.outcome(), (403, "field_not_editable"), "{name}");
        assert_eq!(custom_data(&stage), before, "{name}");
    }
    for body in [
        json!({ "team": { "from": "Blue", "to": { "a": 1 } } }),
        json!({ "team": { "from": "Blue", "to": ["a"] } }),
        json!({ "team": { "from": "Blue" } }),
        json!({ "team": { "from": "Blue", "to": "Red", "more": 1 } }),
        json!({ "team": "Red" }),
    ] {
        assert_eq!(stage.alice_patches(PATH, &body).await.outcome(), (400, "invalid_body"), "{body}");
    }
    let answer = stage.alice_patches(PATH, &change("team", "Blue", "Green")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let mut after = before;
    after["team"] = json!("Green");
    assert_eq!(custom_data(&stage), after);
}

#[tokio::test]
async fn b23_custom_data_does_not_grow_beyond_16_kib() {
    let definitions = (0..20).map(|n| definition(&format!("text{n}"), "Text", json!({}))).collect();
    let stage = stage_with(definitions).await;
    let text = "x".repeat(1000);
    let mut refused = None;
    for n in 0..20 {
        let answer = stage.alice_patches(PATH, &change(&format!("text{n}"), Value::Null, text.clone())).await;
        if answer.status != 200 {
            assert_eq!(answer.outcome(), (422, "invalid_value"), "{}", answer.text);
            refused = refused.or(Some(n));
        }
    }
    assert_eq!(refused, Some(16), "sixteen fit");
    let size = custom_data(&stage).to_string().len();
    assert!((16_000..=16_384).contains(&size), "{size}");
    // Custom data that other programs made too large can still be made smaller, and nothing of it is lost.
    stage
        .sandbox
        .patch_user("alice", &json!({ "customData": { "text0": "long", "theirs": "y".repeat(20_000) } }));
    let answer = stage.alice_patches(PATH, &change("text0", "long", "longer")).await;
    assert_eq!(answer.outcome(), (422, "invalid_value"));
    assert_eq!(stage.alice_patches(PATH, &change("text0", "long", "new")).await.status, 200);
    assert_eq!(custom_data(&stage)["theirs"].as_str().unwrap().len(), 20_000);
}

#[tokio::test]
async fn foreign_values_are_read_leniently_and_never_lost() {
    let stage = stage_with(every_type()).await;
    let written = json!({ "desk": "42", "remote": "true", "team": 5, "joined": "soon", "size": { "a": 1 }, "page": [], "code": "" });
    stage.sandbox.patch_user("alice", &json!({ "customData": written }));
    let answer = stage.alice().await;
    for (name, value) in [
        ("desk", json!({ "access": "edit", "value": 42.0 })),
        ("remote", json!({ "access": "edit", "value": true })),
        ("team", json!({ "access": "edit", "value": 5.0 })),
        ("joined", json!({ "access": "edit", "value": "soon" })),
        ("size", json!({ "access": "read_only", "value": null, "reason": "unsupported" })),
        ("page", json!({ "access": "read_only", "value": null, "reason": "unsupported" })),
        ("code", json!({ "access": "edit", "value": null })),
    ] {
        assert_eq!(field(&answer, name)["value"], value, "{name}");
    }
    let refused = stage.alice_patches(PATH, &change("size", Value::Null, "s")).await;
    assert_eq!(refused.outcome(), (403, "field_not_editable"));
    assert_eq!(custom_data(&stage), written);
    let body = json!({ "desk": { "from": 42, "to": 43 }, "team": { "from": 5, "to": "Blue" } });
    let answer = stage.alice_patches(PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&custom_data(&stage)["desk"], &custom_data(&stage)["team"]), (&json!(43), &json!("Blue")));
}

#[tokio::test]
async fn field_that_cannot_be_checked_is_read_only() {
    let stage = stage_with(vec![
        definition("home", "Address", json!({ "parts": [] })),
        definition("quarter", "Date", json!({ "format": "custom", "customFormat": "QQQ yyyy" })),
        definition("broken", "Regex", json!({ "format": "([" })),
        definition("later", "Hologram", json!({})),
    ])
    .await;
    stage.sandbox.patch_user("alice", &json!({ "customData": { "quarter": "Q1 2026" } }));
    let answer = stage.alice().await;
    assert_eq!(fields(&answer).len(), 4);
    for name in ["home", "quarter", "broken", "later"] {
        let shown = field(&answer, name);
        assert_eq!(
            (&shown["kind"], &shown["value"]["reason"]),
            (&json!({ "type": "other" }), &json!("unsupported")),
            "{name}"
        );
        let from = shown["value"]["value"].clone();
        let refused = stage.alice_patches(PATH, &change(name, from, "x")).await;
        assert_eq!(refused.outcome(), (403, "field_not_editable"), "{name}");
    }
    assert_eq!(field(&answer, "quarter")["value"]["value"], "Q1 2026");
}

#[tokio::test]
async fn b7_custom_fields_follow_the_permission_of_custom_data() {
    let stage = stage_with(every_type()).await;
    stage.sandbox.patch_user("alice", &json!({ "customData": { "team": "Blue" } }));
    for (control, wanted) in [
        (json!("ReadOnly"), json!({ "access": "read_only", "value": "Blue", "reason": "organisation" })),
        (json!("Off"), Value::Null),
        (Value::Null, Value::Null),
    ] {
        stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": { "customData": control } }));
        stage.advance(61);
        let answer = stage.alice().await;
        assert_eq!(field(&answer, "team")["value"], wanted, "{control}");
        let refused = stage.alice_patches(PATH, &change("team", "Blue", "Green")).await;
        assert_eq!(refused.outcome(), (403, "field_not_editable"), "{control}");
        assert!(wanted != Value::Null || !answer.text.contains("Blue"), "{control}: {}", answer.text);
    }
    assert_eq!(custom_data(&stage)["team"], "Blue");
    let read_only = stage.token("alice", "account:read");
    stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": { "customData": "Edit" } }));
    stage.advance(61);
    assert_eq!(field(&stage.account(&read_only).await, "team")["value"]["reason"], "scope");
}

#[tokio::test]
async fn b23_the_operators_own_fields_come_after_the_tenants() {
    let text = "[[custom_fields]]\nname = \"team\"\ntype = \"checkbox\"\n\
                [[custom_fields]]\nname = \"cost_centre\"\ntype = \"text\"\nlabel = \"Cost centre\"\nmax_length = 4\nrequired = true\n\
                [[custom_fields]]\nname = \"floor\"\ntype = \"number\"\naccess = \"read-only\"\n";
    let stage = Stage::with(|config| config.custom_fields = with_fields(text).unwrap().custom_fields).await;
    stage.sandbox.set_custom_profile_fields(vec![definition("team", "Text", json!({}))]);
    stage.sandbox.patch_user("alice", &json!({ "customData": { "floor": 3 } }));
    let answer = stage.alice().await;
    let kinds: Vec<(&str, &str)> = fields(&answer)
        .iter()
        .map(|field| (field["name"].as_str().unwrap(), field["kind"]["type"].as_str().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [("team", "text"), ("cost_centre", "text"), ("floor", "number")],
        "Logto's own definition decides"
    );
    assert_eq!(
        field(&answer, "floor")["value"],
        json!({ "access": "read_only", "value": 3.0, "reason": "server" })
    );
    assert_eq!(
        stage.alice_patches(PATH, &change("floor", 3, 4)).await.outcome(),
        (403, "field_not_editable")
    );
    assert_eq!(stage.alice_patches(PATH, &change("cost_centre", Value::Null, "C-17")).await.status, 200);
    for to in [json!("C-170"), Value::Null] {
        let answer = stage.alice_patches(PATH, &change("cost_centre", "C-17", to.clone())).await;
        assert_eq!(
            answer.outcome(),
            (422, "invalid_value"),
            "{to}: it cannot be cleared, and has four characters"
        );
    }
    assert_eq!(custom_data(&stage)["cost_centre"], "C-17");
}

#[tokio::test]
async fn a_field_changed_elsewhere_meanwhile_is_a_conflict() {
    let stage = stage_with(every_type()).await;
    stage.sandbox.patch_user("alice", &json!({ "customData": { "team": "Green" } }));
    let body = json!({ "team": { "from": "Blue", "to": "Red" }, "desk": { "from": null, "to": 4 } });
    let answer = stage.alice_patches(PATH, &body).await;
    assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
    assert_eq!(answer.body["detail"]["fields"], json!(["team"]));
    let present = answer.body["detail"]["present"]["custom_fields"].as_array().unwrap();
    assert_eq!(present[0]["value"]["value"], "Green");
    assert_eq!(custom_data(&stage), json!({ "team": "Green" }), "nothing of it was written");
}
