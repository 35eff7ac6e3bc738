//! Values as the journal keeps them: enough to recognise one's own, too little to learn somebody else's.

use serde_json::{Map, Value};

use crate::text::foreign::is_invisible;
use crate::text::mask;

/// A value of `what` (see `observe`), masked. `null` stays: it says that nothing was set.
pub(super) fn mask(what: &str, value: &Value) -> Value {
    let kind = what.split_once(':').map_or(what, |(kind, _)| kind);
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        // Nobody is known by these.
        ("preference", value) => value.clone(),
        ("email", Value::String(text)) => mask::email(text).into(),
        ("phone", Value::String(text)) => mask::phone(text).into(),
        ("password", _) => "set".into(),
        (_, Value::String(text)) => name(text).into(),
        _ => "set".into(),
    }
}

/// Masked values by what they are, as JSON text.
pub(super) fn masked<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    let map: Map<String, Value> = values.map(|(what, value)| (shown(what), mask(what, value))).collect();
    Value::Object(map).to_string()
}

/// What a value is, as the journal calls it: which password it was is nothing to be kept for ever.
fn shown(what: &str) -> String {
    if what.starts_with("password:") { "password" } else { what }.to_owned()
}

/// `A… (13)`: the first character that can be seen, and the number of characters.
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

    use super::{mask, masked};

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
            ("password", json!("Correct-Horse-7"), json!("set")),
            ("profile:address", json!({ "country": "AT" }), json!("set")),
            ("profile:birthdate", json!("1990-04-12"), json!("1… (10)")),
            ("preference:theme", json!("dark"), json!("dark")),
        ] {
            assert_eq!(mask(what, &value), wanted, "{what} {value}");
        }
    }

    #[test]
    fn b31_which_password_it_was_is_not_kept() {
        let (none, set) = (json!(null), json!(true));
        let text = |what, value| masked([(what, value)].into_iter());
        assert_eq!(text("password:0123abcd", &set), r#"{"password":"set"}"#);
        assert_eq!(text("password:none", &none), r#"{"password":null}"#);
    }

    proptest! {
        #[test]
        fn fuzz_no_mask_shows_more_than_a_few_characters(text in "\\PC{8,60}", what in "name|phone|password|username|profile:locale") {
            let masked = mask(&what, &json!(text)).as_str().unwrap().to_owned();
            prop_assert!(masked.chars().count() <= 8 && !masked.contains(&text));
        }

        #[test]
        fn fuzz_no_mask_of_an_address_holds_its_local_part(local in "[a-z.+]{2,30}", domain in "[A-Z]{1,20}") {
            let masked = mask("email", &json!(format!("{local}@{domain}")));
            prop_assert!(!masked.as_str().unwrap().contains(&local));
        }
    }
}
