//! Tests against libphonenumber itself (`tests/fixtures/phone-numbers.py`), and against the page.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Example {
    region: Option<String>,
    digits: String,
    formatted: String,
    typed: Vec<String>,
}

fn examples() -> Vec<Example> {
    serde_json::from_str(include_str!("../../../tests/fixtures/phone-numbers.json")).unwrap()
}

#[test]
fn every_regions_numbers_are_read_as_libphonenumber_does() {
    let examples = examples();
    assert!(examples.len() > 480, "{}", examples.len());
    for Example { region, digits, formatted: text, typed } in examples {
        for typed in &typed {
            let number = PhoneNumber::parse(typed);
            assert_eq!(number.as_ref().map(PhoneNumber::digits), Some(digits.as_str()), "{typed}");
        }
        assert_eq!(formatted(&digits), Some(text), "{digits}");
        let country = country_of(&digits).map(|country| country.to_string());
        assert_eq!(country, region, "{digits}");
    }
}

#[test]
fn typed_numbers_are_plain_as_they_are_in_the_page() {
    #[derive(Deserialize)]
    struct Case {
        typed: String,
        plain: Option<String>,
    }
    let cases = include_str!("../../../../account-api/fixtures/typed-phone-numbers.json");
    for Case { typed, plain: wanted } in serde_json::from_str::<Vec<Case>>(cases).unwrap() {
        assert_eq!(plain(&typed), wanted, "{typed:?}");
        assert!(wanted.is_some() || PhoneNumber::parse(&typed).is_none(), "{typed:?}");
    }
}

#[test]
fn a_number_has_one_spelling() {
    for (typed, digits, country) in [
        ("+1 (555) 000-0001", "15550000001", None),
        ("0015550000001", "15550000001", None),
        ("+1 202 555 0123", "12025550123", Some(Country::US)),
        ("+1 416 555 1234", "14165551234", Some(Country::CA)),
        ("+1 876 555 1234", "18765551234", Some(Country::JM)),
        ("+43 (0)664 123 45 67", "436641234567", Some(Country::AT)),
        ("+43 (0) 6523 529302817", "436523529302817", Some(Country::AT)),
        ("+375 8 029 123 45 67", "375291234567", Some(Country::BY)),
        ("+54 11 15 2345 6789", "5491123456789", Some(Country::AR)),
        ("+39 06 698 12345", "390669812345", Some(Country::VA)),
        ("+39 (0)6 698 12345", "390669812345", Some(Country::VA)),
        ("+7 701 234 5678", "77012345678", Some(Country::KZ)),
        ("+7 800 123 45 67", "78001234567", Some(Country::RU)),
        // A zero that is dialled nowhere, written nevertheless.
        ("+420 (0) 601 123 456", "420601123456", Some(Country::CZ)),
        ("+45 (0) 32 12 34 56", "4532123456", Some(Country::DK)),
        // As Logto stored it: provision-users-page in the recordings.
        ("+490151234914988", "49151234914988", Some(Country::DE)),
        ("+882 16 1234 5678", "8821612345678", None),
    ] {
        let parsed = PhoneNumber::parse(typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!((parsed.digits(), country_of(parsed.digits())), (digits, country), "{typed}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for typed in [
        // Eight digits were enough before 2024.
        "+229 90 01 12 34",
        "+999123456",
        "+1",
        "+1555000000",
        "+155500000012",
        "+4366412345671234567",
        "+49 301",
        "+52 1 55 1234 5678",
    ] {
        assert_eq!(PhoneNumber::parse(typed), None, "{typed}");
    }
}

#[test]
fn what_logto_has_is_written_only_digit_by_digit() {
    for (digits, written) in [
        ("15550000001", Some("+1 555-000-0001")),
        ("436641234567", Some("+43 664 1234567")),
        ("5491123456789", Some("+54 9 11 2345-6789")),
        // Logto accepts any digits, and once kept such zeros.
        ("4306641234567", None),
        ("12345", None),
        ("123456789012345678", None),
        ("5215512345678", None),
        ("", None),
        ("+436641234567", None),
        ("43 664 1234567", None),
    ] {
        assert_eq!(formatted(digits).as_deref(), written, "{digits}");
    }
}

#[test]
fn a_number_does_not_print_itself() {
    assert_eq!(format!("{:?}", PhoneNumber::parse("+43 664 1234567").unwrap()), "…4567");
}

proptest! {
    #[test]
    fn fuzz_numbers_never_panic_and_are_read_again_as_they_are(
        typed in "\\PC{0,80}|[+0]{1,2}[0-9 ()./-]{0,40}|\\+(1|43|49|44|7|39|52|54|55|420|375)[0-9 ()-]{6,16}|\\+[\\p{Nd}\\p{Cf}\\p{Pd}\\p{Zs}()]{0,40}"
    ) {
        let _ = formatted(&typed);
        if let Some(number) = PhoneNumber::parse(&typed) {
            prop_assert!((4..=17).contains(&number.digits().len()), "{}", number.digits());
            prop_assert!(number.digits().bytes().all(|byte| byte.is_ascii_digit()));
            prop_assert_eq!(PhoneNumber::parse(&format!("+{}", number.digits())), Some(number));
        }
    }
}
