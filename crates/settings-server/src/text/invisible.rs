//! Invisible characters. Pasted text often has them, and a text of nothing else counts as empty.
//!
//! They are white space, controls, formats (joiners, marks of direction), what Unicode calls ignorable
//! (`Default_Ignorable_Code_Point`), and the empty pattern of Braille. The page uses the same properties.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character is invisible.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c == '\u{2800}'
        || matches!(c.general_category(), GeneralCategory::Control | GeneralCategory::Format)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a text has a visible character.
pub(crate) fn has_visible(text: &str) -> bool {
    text.chars().any(|c| !is_invisible(c))
}

/// Removes invisible characters from both ends of a text. Controls other than white space stay: they do not get there
/// by pasting.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| is_invisible(c) && (c.is_whitespace() || !c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::{has_visible, trim};

    #[test]
    fn a_text_is_seen_if_one_character_is() {
        for text in ["a", "\u{200B}a", "李", "\u{301}", "👩\u{200D}🚀", "\u{E000}"] {
            assert!(has_visible(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\u{200B}",
            "\u{3164}",
            "\u{2800}",
            "\u{115F}\u{FFA0}",
            "\u{FE0F}",
            "\u{AD}\u{202E}\u{FEFF}",
        ] {
            assert!(!has_visible(text), "{text:?}");
        }
    }

    #[test]
    fn trimming_takes_away_what_is_not_seen_and_leaves_controls() {
        for (text, wanted) in [
            (" a b\u{200B}\u{A0}", "a b"),
            ("\u{FEFF}\u{202A}a\u{202C}\r\n", "a"),
            ("a\u{0}", "a\u{0}"),
            ("\u{3164}", ""),
        ] {
            assert_eq!(trim(text), wanted, "{text:?}");
        }
    }
}
