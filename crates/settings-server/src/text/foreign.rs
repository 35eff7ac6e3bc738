//! Foreign text, cleaned for display: names of third-party applications, of organisations and of other users, and
//! places. An application's name may come from a document on its own server, a place from a header.
//!
//! Cleaning does not judge what a text says. It removes what makes text look like something else: control characters,
//! the marks that turn the direction of writing (Unicode UAX #9), invisible characters, stacked combining marks, and
//! length.

use crate::text::invisible;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The maximum number of combining marks after one character. Vietnamese, Thai and Hebrew need up to three.
const MOST_MARKS: usize = 3;

/// Returns a text of at most `most` characters on one line, every one of which is visible; a longer one ends with `…`.
/// Returns `None` if nothing is left.
pub(crate) fn cleaned(text: &str, most: usize) -> Option<String> {
    let mut kept = String::new();
    let (mut length, mut marks) = (0, 0);
    // Dropping characters costs time, too: nothing is read far beyond what is shown.
    for c in text.chars().take(most.saturating_mul(8)) {
        let c = if c.is_whitespace() { ' ' } else { c };
        if is_invisible(c) || c == ' ' && (kept.is_empty() || kept.ends_with(' ')) {
            continue;
        }
        marks = if c.general_category_group() == GeneralCategoryGroup::Mark { marks + 1 } else { 0 };
        if marks > MOST_MARKS || marks > 0 && kept.is_empty() {
            continue;
        }
        if length == most {
            kept.pop();
            kept.push('…');
            break;
        }
        kept.push(c);
        length += 1;
    }
    kept.truncate(kept.trim_end().len());
    (!kept.is_empty()).then_some(kept)
}

/// Returns what a provider says of a user, or a tenant of itself, as it is shown: a name, or an address.
pub(crate) fn reported(text: &str) -> Option<String> {
    cleaned(text, LONGEST_REPORTED)
}

/// The maximum length of such a text that is shown whole.
const LONGEST_REPORTED: usize = 256;

/// Returns a place as a geographic header names it: a city or a country. Returns `None` for what is not the name of
/// one, such as an address or a number.
pub(crate) fn place(text: &str) -> Option<String> {
    let text = cleaned(text, LONGEST_PLACE)?;
    let group = |c: char| c.general_category_group();
    let is_part = |c: char| {
        matches!(group(c), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
            || matches!(c, ' ' | '\'' | '’' | '-' | '(' | ')' | '…')
    };
    // `St. Pölten`, but not `evil.example`.
    let is_whole = text.split(". ").all(|part| part.chars().all(is_part));
    is_whole.then_some(text)
}

/// The maximum length of a place that is shown whole.
const LONGEST_PLACE: usize = 48;

/// Whether a character is invisible, unassigned or private. White space is none of these.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || !c.is_whitespace() && invisible::is_invisible(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{cleaned, is_invisible, place};

    #[test]
    fn b44_foreign_names_lose_what_cannot_be_seen() {
        for (text, wanted) in [
            ("Photo Prints", Some("Photo Prints")),
            ("  Photo\r\n\tPrints\u{0} ", Some("Photo Prints")),
            ("Büro 東京 ملف 🗂", Some("Büro 東京 ملف 🗂")),
            ("Latch\u{200B}key\u{202E}gpj.", Some("Latchkeygpj.")),
            ("\u{2066}a\u{2069}\u{FEFF}\u{00AD}\u{E0041}", Some("a")),
            ("\u{3164}\u{2800}\u{115F}", None),
            ("\u{0301}a\u{0301}\u{0301}\u{0301}\u{0301}\u{0301}", Some("a\u{0301}\u{0301}\u{0301}")),
            ("", None),
            (" \u{202E}\u{2028} ", None),
        ] {
            assert_eq!(cleaned(text, 64).as_deref(), wanted, "{text:?}");
        }
        assert_eq!(cleaned(&"ä".repeat(2048), 10).unwrap(), "äääääääää…");
        assert_eq!(cleaned(&"ä".repeat(10), 10).unwrap(), "ä".repeat(10));
    }

    #[test]
    fn b44_a_place_is_letters_alone() {
        for (text, wanted) in [
            ("Vienna", Some("Vienna")),
            ("AT", Some("AT")),
            ("St. Pölten", Some("St. Pölten")),
            ("L’Aquila", Some("L’Aquila")),
            ("Frankfurt (Oder)", Some("Frankfurt (Oder)")),
            ("東京", Some("東京")),
            ("support.example", None),
            ("https://support.example", None),
            ("call 15550004567", None),
            ("a@b", None),
            ("", None),
        ] {
            assert_eq!(place(text).as_deref(), wanted, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_foreign_text_is_short_and_seen(text in "\\PC{0,60}|[\\p{Cf}\\p{Cc}\\p{M}a ]{0,80}", most in 1_usize..40) {
            if let Some(shown) = cleaned(&text, most) {
                prop_assert!((1..=most).contains(&shown.chars().count()), "{:?}", shown);
                prop_assert!(!shown.chars().any(|c| is_invisible(c) || c.is_control()), "{:?}", shown);
                prop_assert_eq!(shown.trim(), shown.as_str());
                prop_assert!(!shown.contains("  "));
                prop_assert_eq!(cleaned(&shown, most), Some(shown), "cleaned once is cleaned");
            }
            let _ = place(&text);
        }
    }
}
