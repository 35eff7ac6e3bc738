//! Masked personal data: for the screen, where others could see it, and for the audit log.

/// Masks an e-mail address: first and last character of the local part (of a short one only the first), and the
/// domain.
pub(crate) fn email(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return "…".to_owned() };
    let first = local.chars().next();
    let last = local.chars().next_back().filter(|_| local.chars().count() > 3);
    first.into_iter().chain(['…']).chain(last).chain(['@']).chain(domain.chars()).collect()
}

/// Masks a phone number: its last four digits; nothing of a short one.
pub(crate) fn phone(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    let shown = if digits.len() >= 8 { &digits[digits.len() - 4..] } else { &[] };
    std::iter::once('…').chain(shown.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{email, phone};

    #[test]
    fn addresses_and_numbers_are_recognised_by_their_owner_only() {
        for (text, masked) in [
            ("alice@example.test", "a…e@example.test"),
            ("bob@example.test", "b…@example.test"),
            ("a@example.test", "a…@example.test"),
            ("@example.test", "…@example.test"),
            ("nonsense", "…"),
            ("\"a@b\"@example.test", "\"…\"@example.test"),
            ("äöüß@example.test", "ä…ß@example.test"),
        ] {
            assert_eq!(email(text), masked);
        }
        assert_eq!(phone("15550000001"), "…0001");
        assert_eq!(phone("1234567"), "…");
        assert_eq!(phone(""), "…");
    }

    proptest! {
        #[test]
        fn fuzz_masks_never_panic(text in "\\PC{0,80}") {
            prop_assert!(email(&text).contains('…'));
            prop_assert!(phone(&text).chars().count() <= 5);
        }
    }
}
