//! The user names that a tenant allows. Logto applies its tenant's rules in its own pages and not in its Management
//! API, so this server does (decision 15). Only Logto knows whether a name is taken.

use account_api::limits::LIMITS;
use logto_client::types::UsernamePolicy;

/// Whether Logto accepts a text as a name at all: `^[A-Za-z_]\w*$`.
pub(crate) fn is_username(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.len() <= LIMITS.username
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the tenant allows a name.
pub(crate) fn is_allowed(name: &str, policy: &UsernamePolicy) -> bool {
    let within = |length: usize, most: u32| usize::try_from(most).is_ok_and(|most| length <= most);
    let is_long_enough = usize::try_from(policy.min_length).is_ok_and(|least| name.len() >= least);
    let allowed = policy.allowed_chars;
    let takes = |byte: u8| match byte {
        b'a'..=b'z' => allowed.lowercase,
        b'A'..=b'Z' => allowed.uppercase,
        b'0'..=b'9' => allowed.numbers,
        _ => allowed.underscore,
    };
    is_long_enough && within(name.len(), policy.max_length) && name.bytes().all(takes)
}

#[cfg(test)]
mod tests {
    use logto_client::types::UsernamePolicy;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{is_allowed, is_username};

    fn policy(changes: Value) -> UsernamePolicy {
        serde_json::from_value(changes).unwrap()
    }

    #[test]
    fn what_is_a_name_at_all() {
        for name in ["a", "_", "Alice_2", &"x".repeat(128)] {
            assert!(is_username(name), "{name}");
        }
        for text in ["", "2alice", "al ice", "al-ice", "älice", "alice\n", " alice", "a\0", &"x".repeat(129)]
        {
            assert!(!is_username(text), "{text:?}");
        }
    }

    #[test]
    fn rules_of_the_tenant_are_applied() {
        let chars = |name: &str| json!({ "allowedChars": { name: false } });
        for (changes, name, allowed) in [
            (json!({}), "a", true),
            (json!({ "minLength": 3 }), "ab", false),
            (json!({ "minLength": 3 }), "abc", true),
            (json!({ "maxLength": 3 }), "abc", true),
            (json!({ "maxLength": 3 }), "abcd", false),
            (chars("lowercase"), "ABc", false),
            (chars("lowercase"), "ABC", true),
            (chars("uppercase"), "abC", false),
            (chars("numbers"), "ab1", false),
            (chars("underscore"), "a_b", false),
            (chars("underscore"), "aB1", true),
        ] {
            assert_eq!(is_allowed(name, &policy(changes.clone())), allowed, "{changes} {name}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_a_name_is_what_logtos_pattern_says(text in "\\PC{0,12}") {
            let mut letters = text.chars();
            let begins = letters.next().is_some_and(|character| character.is_ascii_alphabetic() || character == '_');
            let is_one = begins && letters.all(|character| character.is_ascii_alphanumeric() || character == '_');
            prop_assert_eq!(is_username(&text), is_one);
        }
    }
}
