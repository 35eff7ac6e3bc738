//! Every limit of the contract, from the server's side: the longest value is accepted, one character more is not. The
//! page's `limits.test.ts` uses the same table.

use account_api::limits::LIMITS;
use serde_json::{Value, json};

use crate::support::app::{App, Call};
use crate::support::{Stage, change};

/// Makes a value of `length` characters, of the right kind for what is limited.
type Make = fn(usize) -> String;

/// Each limit by its name in the table: the maximum, a request with such a value, the server's name of the field, and
/// the answer to a value that is short enough.
fn cases() -> Vec<(&'static str, usize, Make, Ask, u16)> {
    let text: Make = |length| "ü".repeat(length);
    let url: Make = |length| format!("https://x.test/{}", "ü".repeat(length - 15));
    let account = |field| Ask { path: "/account", field, at: At::Edit };
    let profile = |field| Ask { path: "/account/profile", field, at: At::Edit };
    let part = |field| Ask { path: "/account/profile", field, at: At::Address };
    let custom = |field| Ask { path: "/account/custom-fields", field, at: At::Edit };
    let address = LIMITS.address;
    vec![
        ("name", LIMITS.name, text, account("name"), 200),
        ("avatar", LIMITS.avatar, url, account("avatar"), 200),
        ("given_name", LIMITS.given_name, text, profile("given_name"), 200),
        ("family_name", LIMITS.family_name, text, profile("family_name"), 200),
        ("middle_name", LIMITS.middle_name, text, profile("middle_name"), 200),
        ("nickname", LIMITS.nickname, text, profile("nickname"), 200),
        ("preferred_username", LIMITS.preferred_username, text, profile("preferred_username"), 200),
        ("profile", LIMITS.profile, url, profile("profile"), 200),
        ("website", LIMITS.website, url, profile("website"), 200),
        ("gender", LIMITS.gender, text, profile("gender"), 200),
        ("zoneinfo", LIMITS.zoneinfo, |length| "Z".repeat(length), profile("zoneinfo"), 200),
        ("locale", LIMITS.locale, locale, profile("locale"), 200),
        ("address.formatted", address.formatted, text, part("formatted"), 200),
        ("address.street_address", address.street_address, text, part("street_address"), 200),
        ("address.locality", address.locality, text, part("locality"), 200),
        ("address.region", address.region, text, part("region"), 200),
        ("address.postal_code", address.postal_code, text, part("postal_code"), 200),
        ("address.country", address.country, text, part("country"), 200),
        ("username", LIMITS.username, |length| "u".repeat(length), account("username").at("/username"), 401),
        ("email", LIMITS.email, email, Ask { path: "/email", field: "address", at: At::NewAddress }, 401),
        (
            "password",
            LIMITS.password,
            text,
            Ask { path: "/password", field: "password", at: At::Password },
            401,
        ),
        ("custom_text", LIMITS.custom_text, text, custom("remark"), 200),
        ("custom_text", LIMITS.custom_text, text, custom("essay"), 200),
        // In UTF-16 code units, of which each of these has two.
        ("custom_text", LIMITS.custom_text, pairs, custom("remark"), 200),
        ("custom_text", LIMITS.custom_text, |length| "a".repeat(length), custom("letters"), 200),
        ("custom_url", LIMITS.custom_url, url, custom("page"), 200),
        (
            "access_token_name",
            LIMITS.access_token_name,
            text,
            Ask { path: "/access-tokens", field: "name", at: At::AccessToken },
            401,
        ),
    ]
}

/// The request for a value.
#[derive(Clone, Copy)]
struct Ask {
    path: &'static str,
    field: &'static str,
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    /// A change from an unset value.
    Edit,
    Address,
    NewAddress,
    Password,
    AccessToken,
}

impl Ask {
    fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    fn call(self, present: &Value, value: &str) -> Call {
        let field = self.field;
        match self.at {
            At::Edit => Call::patch(self.path, change(field, present.clone(), value)),
            At::Address => {
                Call::patch(self.path, change("address", present.clone(), json!({ field: value })))
            }
            At::NewAddress => {
                Call::post(self.path, json!({ "from": "alice@example.test", "address": value }))
            }
            At::Password => Call::put(self.path, json!({ "password": value })),
            At::AccessToken => Call::post(self.path, json!({ "name": value, "lifetime_days": null })),
        }
    }

    /// Returns the name of the field in a refusal.
    fn named(self) -> String {
        if matches!(self.at, At::Address) { format!("address.{}", self.field) } else { self.field.to_owned() }
    }
}

/// Returns a language tag with variants.
fn locale(length: usize) -> String {
    let begin = "de-variant1-variant2-variant3-";
    format!("{begin}{}", "x".repeat(length - begin.len()))
}

/// Returns an address with two labels before the suffix, none of which is too long for DNS.
fn email(length: usize) -> String {
    let (local, suffix) = ("x".repeat(60), ".example.test");
    format!("{local}@{}{suffix}", "y".repeat(length - local.len() - 1 - suffix.len()))
}

fn pairs(length: usize) -> String {
    format!("{}{}", "🦊".repeat(length / 2), "a".repeat(length % 2))
}

fn definition(name: &str, kind: &str, config: Value) -> Value {
    json!({
        "tenantId": "default", "id": name, "name": name, "type": kind, "label": name, "description": null,
        "required": false, "config": config, "createdAt": 0, "sieOrder": 1
    })
}

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.sandbox.set_custom_profile_fields(vec![
        definition("remark", "Text", json!({})),
        definition("essay", "Text", json!({ "maxLength": 50_000 })),
        definition("letters", "Regex", json!({ "format": "^a+$" })),
        definition("page", "Url", json!({})),
    ]);
    // Everything is unset, so that each change begins with nothing.
    stage
        .sandbox
        .patch_user("alice", &json!({ "name": null, "avatar": null, "profile": {}, "customData": {} }));
    stage
}

#[tokio::test]
async fn value_at_its_limit_is_taken_and_one_longer_is_not() {
    for (name, longest, make, ask, taken) in cases() {
        let stage = stage().await;
        let app = App::sign_in(&stage, "alice").await;
        let present = if ask.field == "username" { json!("alice") } else { Value::Null };
        let long = app.call(&ask.call(&present, &make(longest + 1))).await;
        assert_eq!(long.outcome(), (422, "invalid_value"), "{name} of {}: {}", longest + 1, long.text);
        assert_eq!(long.body["field"], ask.named(), "{name}");
        let right = app.call(&ask.call(&present, &make(longest))).await;
        assert_eq!(right.status, taken, "{name} of {longest}: {}", right.text);
        if taken == 401 {
            assert_eq!(right.code(), "step_up_required", "{name}");
        }
    }
}

#[test]
fn table_of_limits_has_a_case_for_each() {
    let mut names = Vec::new();
    for (name, value) in serde_json::to_value(LIMITS).unwrap().as_object().unwrap() {
        match value.as_object() {
            Some(parts) => names.extend(parts.keys().map(|part| format!("{name}.{part}"))),
            None => names.push(name.clone()),
        }
    }
    // A number of days: `access_tokens.rs` has its cases.
    names.retain(|name| name != "access_token_days");
    for name in names {
        assert!(cases().iter().any(|(tested, ..)| *tested == name), "`{name}` is not tested");
    }
}
