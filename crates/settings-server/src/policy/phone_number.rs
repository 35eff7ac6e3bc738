//! Phone numbers, parsed at the door: whoever has a [`PhoneNumber`] need not look at it again.

use std::fmt;

use phonelib::ParseError;

use crate::mask;

/// Nobody writes a number longer than this.
const LONGEST_TYPED: usize = 64;

/// A phone number as Logto stores it: digits alone, the calling code first.
///
/// That it is in use is not known: only its calling code and its length are checked. Lists of the ranges that are given
/// out grow old, and a code that comes back proves more.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PhoneNumber {
    digits: String,
    country: Option<&'static str>,
}

impl PhoneNumber {
    /// Reads what a person typed. It begins with `+` or `00` and the calling code: which country is meant otherwise is
    /// nobody's to guess.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        if typed.len() > LONGEST_TYPED {
            return None;
        }
        // Address books put marks of direction around a number.
        let seen: String = typed.chars().filter(|character| !is_mark(*character)).collect();
        let seen = seen.trim();
        let rest = seen.strip_prefix('+').or_else(|| seen.strip_prefix("00"))?.trim_start();
        // No calling code begins with 0.
        if !rest.starts_with(|first| matches!(first, '1'..='9')) || !rest.chars().all(is_of_a_number) {
            return None;
        }
        // Parentheses stay: the library knows the `(0)` that is dialled at home alone.
        let plain: String = rest.chars().filter(|one| matches!(one, '0'..='9' | '(' | ')')).collect();
        match phonelib::PhoneNumber::try_parse(&format!("+{plain}")) {
            Ok(number) if number.extension().is_none() => Some(Self {
                digits: number.e164().trim_start_matches('+').to_owned(),
                country: is_country(number.country().code).then_some(number.country().code),
            }),
            // The right length for its calling code, in a range that is not given out.
            Err(ParseError::InvalidAreaCode | ParseError::InvalidExchange) => {
                Some(Self { digits: plain.chars().filter(char::is_ascii_digit).collect(), country: None })
            }
            _ => None,
        }
    }

    /// The digits with the calling code.
    pub(crate) fn digits(&self) -> &str {
        &self.digits
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&mask::phone(&self.digits))
    }
}

/// The country (ISO 3166) of a number that Logto has already, where it is known.
pub(crate) fn country_of(digits: &str) -> Option<&'static str> {
    PhoneNumber::parse(&format!("+{digits}")).and_then(|number| number.country)
}

/// What people write between digits.
fn is_of_a_number(character: char) -> bool {
    character.is_ascii_digit()
        || matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\t' | '-' | '.' | '/' | '(' | ')')
        || matches!(character, '\u{2010}'..='\u{2015}')
}

fn is_mark(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Numbers of no country (satellites, free-phone) are listed under digits.
fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for (typed, digits, country) in [
            ("+1 (555) 000-0001", "15550000001", None),
            ("+15550000001", "15550000001", None),
            ("0015550000001", "15550000001", None),
            ("+1 202 555 0123", "12025550123", Some("US")),
            ("+1 416 555 1234", "14165551234", Some("CA")),
            ("+1 876 555 1234", "18765551234", Some("JM")),
            ("+43 664 1234567", "436641234567", Some("AT")),
            ("+43 (0)664 123 45 67", "436641234567", Some("AT")),
            ("0043 664 1234567", "436641234567", Some("AT")),
            ("00 43 664 1234567", "436641234567", Some("AT")),
            ("  +43\u{a0}664/1234-567 ", "436641234567", Some("AT")),
            ("\u{202a}+43 664 1234567\u{202c}", "436641234567", Some("AT")),
            ("+49 1511 2345678", "4915112345678", Some("DE")),
            ("+39 06 698 12345", "390669812345", Some("VA")),
            ("+41 79 123 45 67", "41791234567", Some("CH")),
            ("+7 701 234 5678", "77012345678", Some("KZ")),
            ("+44\u{2011}7400\u{2011}123456", "447400123456", Some("GB")),
        ] {
            let parsed = PhoneNumber::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((parsed.digits(), parsed.country), (digits, country), "{typed}");
            assert_eq!(country_of(digits), country, "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for typed in [
            "",
            "+",
            "00",
            "15550000001",
            "0664 1234567",
            "664 1234567",
            "(0664) 1234567",
            "++15550000001",
            "+ +15550000001",
            "+(1)5550000001",
            "+0043664123456",
            "+999123456",
            "+1",
            "+1555000000",
            "+155500000012",
            "+4366412345671234567",
            "+43 664 1234567 ext 5",
            "+43 664 1234567;ext=5",
            "+43 664 1234567x5",
            "+43664call4me",
            "+43٦٦٤1234567",
            "+４３６６４１２３４５６７",
            "+43 664 1234567\0",
            "+43 664\r\n1234567",
            "+43,664,1234567",
            "tel:+436641234567",
            "alice@example.test",
            &format!("+43664{}", " ".repeat(100)),
        ] {
            assert_eq!(PhoneNumber::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_number_does_not_print_itself() {
        assert_eq!(format!("{:?}", PhoneNumber::parse("+43 664 1234567").unwrap()), "…4567");
    }

    proptest! {
        #[test]
        fn fuzz_numbers_never_panic_and_are_read_again_as_they_are(
            typed in "\\PC{0,80}|[+0]{1,2}[0-9 ()./-]{0,40}|\\+(1|43|49|44|7|39|52|54|55)[0-9 ()-]{6,16}"
        ) {
            if let Some(number) = PhoneNumber::parse(&typed) {
                prop_assert!((4..=15).contains(&number.digits().len()), "{}", number.digits());
                prop_assert!(number.digits().bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(PhoneNumber::parse(&format!("+{}", number.digits())), Some(number));
            }
        }
    }
}
