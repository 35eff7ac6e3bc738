//! E-mail addresses, validated when parsed: an [`EmailAddress`] need not be checked again.

use std::fmt;

use account_api::limits::LIMITS;
use email_address::Options;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use crate::text::foreign;
use crate::text::invisible;
use crate::text::mask;

/// The maximum length of an address, in characters.
const LONGEST: usize = LIMITS.email;

/// An address that a mail can be sent to.
///
/// It has one spelling: the domain is lower-case and as in DNS (UTS 46), and the whole is in NFC. The local part is
/// kept as it was typed, because its server may distinguish capitals from small letters. Logto does not: two addresses
/// are the same to it when their keys are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EmailAddress {
    text: String,
    key: String,
}

impl EmailAddress {
    /// Reads what a user typed.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        // Normalising may make a text longer, but not from more than this to few enough.
        if typed.len() > 8 * LONGEST {
            return None;
        }
        let typed: String = invisible::trim(typed).nfc().collect();
        if typed.chars().any(|character| is_invisible(character) || character == '"') {
            return None;
        }
        let (local, domain) = typed.rsplit_once('@')?;
        let text = format!("{local}@{}", domain_name(domain)?);
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        email_address::EmailAddress::parse_with_options(&text, options).ok()?;
        if text.chars().count() > LONGEST {
            return None;
        }
        let key = key_of(&text);
        Some(Self { text, key })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the key that it is compared by.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Returns the domain.
    pub(crate) fn domain(&self) -> &str {
        self.text.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&mask::email(&self.text))
    }
}

/// Returns the key that Logto compares an address by; for an address that it has already, however that is written.
pub(crate) fn key_of(address: &str) -> String {
    address.to_lowercase()
}

/// Returns a domain as in DNS, in small letters.
pub(crate) fn domain_name(domain: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    ascii.ok().map(std::borrow::Cow::into_owned)
}

/// Whether a character is invisible: two addresses that differ in such a character alone look the same.
fn is_invisible(character: char) -> bool {
    character.is_whitespace() || foreign::is_invisible(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for (typed, text) in [
            ("alice@example.test", "alice@example.test"),
            ("  alice@example.test\t", "alice@example.test"),
            ("alice@example.test\u{200b}", "alice@example.test"),
            ("\u{feff}\u{202a}alice@example.test\u{202c}\u{a0}", "alice@example.test"),
            ("Alice.B@Example.TEST", "Alice.B@example.test"),
            ("alice+list@example.test", "alice+list@example.test"),
            ("o'brien@mail.example.test", "o'brien@mail.example.test"),
            ("alice@bücher.example", "alice@xn--bcher-kva.example"),
            ("alice@BÜCHER.example", "alice@xn--bcher-kva.example"),
            ("alice@xn--bcher-kva.example", "alice@xn--bcher-kva.example"),
            ("alice@bu\u{308}cher.example", "alice@xn--bcher-kva.example"),
            ("alice@例え。テスト", "alice@xn--r8jz45g.xn--zckzah"),
            ("ju\u{308}rgen@example.test", "jürgen@example.test"),
            ("alice@straße.example", "alice@xn--strae-oqa.example"),
        ] {
            let parsed = EmailAddress::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(parsed.as_str(), text, "{typed}");
            assert_eq!(parsed.key(), text.to_lowercase(), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@{}.example.test", "x".repeat(60), "y".repeat(60));
        for typed in [
            "",
            " ",
            "alice",
            "@example.test",
            "alice@",
            "alice@localhost",
            "alice@@example.test",
            "alice@a@example.test",
            "alice@[192.0.2.1]",
            "alice@192.0.2.1:25",
            "alice@example..test",
            "alice@.example.test",
            "alice@example.test.",
            "alice@-example.test",
            "alice@exa_mple.test",
            ".alice@example.test",
            "al..ice@example.test",
            "alice.@example.test",
            "\"al ice\"@example.test",
            "\"alice\"@example.test",
            "Alice <alice@example.test>",
            "al ice@example.test",
            "alice@exam ple.test",
            "alice@example.test\0",
            "al\0ice@example.test",
            "alice\r\nBcc: bob@example.test",
            "alice@example.test\nbob@example.test",
            "alice@example.test,bob@example.test",
            "al\u{200b}ice@example.test",
            "al\u{202e}ice@example.test",
            "alice@exa\u{ad}\0mple.test",
            "mailto:alice@example.test?cc=b@example.test",
            &format!("{}@example.test", "x".repeat(65)),
            &long,
            &"x".repeat(100_000),
        ] {
            assert_eq!(EmailAddress::parse(typed), None, "{typed}");
        }
        let longest = format!("{}@{}.example.test", "x".repeat(60), "y".repeat(54));
        assert_eq!(longest.len(), LONGEST);
        assert!(EmailAddress::parse(&longest).is_some());
    }

    #[test]
    fn an_address_does_not_print_itself() {
        let address = EmailAddress::parse("alice@example.test").unwrap();
        assert_eq!(format!("{address:?}"), "a…e@example.test");
        assert_eq!(address.domain(), "example.test");
    }

    proptest! {
        #[test]
        fn fuzz_addresses_never_panic_and_are_read_again_as_they_are(
            typed in "\\PC{0,150}|[ -~]{1,40}@[ -~]{1,40}|[a-zA-Z.+_-]{1,30}@[a-zäöüßA-Z.-]{1,30}\\.[a-z]{2,9}"
        ) {
            if let Some(address) = EmailAddress::parse(&typed) {
                prop_assert!(address.as_str().chars().count() <= LONGEST);
                prop_assert!(!address.as_str().chars().any(|character| character.is_control() || character.is_whitespace()));
                prop_assert!(address.domain().is_ascii() && address.domain().contains('.'));
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Some(address));
            }
        }
    }
}
