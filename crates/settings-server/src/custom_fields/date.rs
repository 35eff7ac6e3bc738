//! Dates as texts, in formats as Logto's profile fields have them (`MM/dd/yyyy`, `dd/MM/yyyy`, `yyyy-MM-dd`, or the
//! tenant's own).

use crate::policy::values::is_day;

/// A format made of `yyyy`, `MM` and `dd`, each once and in any order, and of separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateFormat(String);

impl DateFormat {
    /// Reads a format. Returns `None` for one that has anything else: letters and quotes mean something in formats,
    /// but nothing here.
    pub(crate) fn parse(format: &str) -> Option<Self> {
        let mut between = format.to_owned();
        for part in ["yyyy", "MM", "dd"] {
            if between.matches(part).count() != 1 {
                return None;
            }
            between = between.replacen(part, " ", 1);
        }
        let is_plain =
            |character: char| !character.is_alphanumeric() && !character.is_control() && character != '\'';
        (format.len() <= 32 && between.chars().all(is_plain)).then(|| Self(format.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text is a real date in this format.
    pub(crate) fn is_date(&self, text: &str) -> bool {
        let part = |name: &str| {
            let at = self.0.find(name)?;
            let digits = text.get(at..at + name.len())?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
        };
        let (Some(year), Some(month), Some(day)) = (part("yyyy"), part("MM"), part("dd")) else {
            return false;
        };
        let written = self
            .0
            .replacen("yyyy", &format!("{year:04}"), 1)
            .replacen("MM", &format!("{month:02}"), 1)
            .replacen("dd", &format!("{day:02}"), 1);
        written == text && year > 0 && is_day(year, month, day)
    }
}
