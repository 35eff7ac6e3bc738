//! Values as the audit log keeps them: enough to recognise one's own, too little to learn another user's.

use serde_json::{Map, Value};

use super::field::AuditField;
use crate::text::foreign::is_invisible;
use crate::text::mask;

/// Returns the value of a field, masked. `null` stays: it says that nothing was set.
fn mask(field: &AuditField, value: &Value) -> Value {
    match (field, value) {
        (_, Value::Null) => Value::Null,
        // Preferences identify no user.
        (AuditField::Preference(_), value) => value.clone(),
        (AuditField::Email, Value::String(text)) => mask::email(text).into(),
        (AuditField::Phone, Value::String(text)) => mask::phone(text).into(),
        (AuditField::Password(_), _) => "set".into(),
        (_, Value::String(text)) => name(text).into(),
        _ => "set".into(),
    }
}

/// Returns masked values by their fields, as JSON text.
pub(crate) fn masked<'a>(values: impl Iterator<Item = (&'a AuditField, &'a Value)>) -> String {
    let map: Map<String, Value> = values.map(|(field, value)| (shown(field), mask(field, value))).collect();
    Value::Object(map).to_string()
}

/// Returns the field as the audit log names it. The digest of a password is left out: it is not to be kept.
fn shown(field: &AuditField) -> String {
    match field {
        AuditField::Password(_) => "password".to_owned(),
        AuditField::NewIdentity { target, .. } => format!("new_identity:{target}"),
        field => field.to_string(),
    }
}

/// Masks a text as `A… (13)`: the first visible character, and the number of characters.
fn name(text: &str) -> String {
    match text.chars().find(|c| !is_invisible(*c)) {
        Some(first) => format!("{first}… ({})", text.chars().count()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{AuditField, mask, masked};

    #[test]
    fn b31_values_are_masked() {
        for (what, value, wanted) in [
            ("name", json!("Alice Example"), json!("A… (13)")),
            ("name", json!(""), json!("")),
            ("name", json!(null), json!(null)),
            ("avatar", json!("https://pictures.example.test/alice.png"), json!("h… (39)")),
            ("email", json!("alice@example.com"), json!("a…e@example.com")),
            ("email", json!("bob@example.com"), json!("b…@example.com")),
            ("email", json!("@example.com"), json!("…@example.com")),
            ("email", json!("nonsense"), json!("…")),
            ("phone", json!("15550004567"), json!("…4567")),
            ("phone", json!("1234567"), json!("…")),
            ("password:0123abcd", json!("Correct-Horse-7"), json!("set")),
            ("profile:address", json!({ "country": "AT" }), json!("set")),
            ("profile:birthdate", json!("1990-04-12"), json!("1… (10)")),
            ("preference:theme", json!("dark"), json!("dark")),
        ] {
            let field: AuditField = what.parse().unwrap();
            assert_eq!(mask(&field, &value), wanted, "{what} {value}");
        }
    }

    #[test]
    fn b31_password_value_is_not_recorded() {
        let (none, set) = (json!(null), json!(true));
        let text = |what: &str, value| masked([(&what.parse().unwrap(), value)].into_iter());
        assert_eq!(text("password:0123abcd", &set), r#"{"password":"set"}"#);
        assert_eq!(text("password:none", &none), r#"{"password":null}"#);
    }

    proptest! {
        #[test]
        fn fuzz_no_mask_shows_more_than_a_few_characters(text in "\\PC{8,60}", what in "name|phone|password:0|username|profile:locale") {
            let field: AuditField = what.parse().unwrap();
            let masked = mask(&field, &json!(text)).as_str().unwrap().to_owned();
            prop_assert!(masked.chars().count() <= 8 && !masked.contains(&text));
        }

        #[test]
        fn fuzz_no_mask_of_an_address_holds_its_local_part(local in "[a-z.+]{2,30}", domain in "[A-Z]{1,20}") {
            let masked = mask(&AuditField::Email, &json!(format!("{local}@{domain}")));
            prop_assert!(!masked.as_str().unwrap().contains(&local));
        }
    }
}
