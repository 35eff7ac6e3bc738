//! Phone numbers, validated when parsed, by libphonenumber's rules: a [`PhoneNumber`] need not be checked again.
//!
//! Logto parses what it stores by the same rules (its `PhoneNumberParser`), so a number that was parsed here is stored
//! as it is. The metadata is loaded with the first number: about 5 MB, and patterns of each country as its numbers
//! come.

use std::fmt;

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::text::mask;

pub(crate) use rlibphonenumber::Region as Country;

/// The maximum length in characters.
const LONGEST_TYPED: usize = 64;
/// The maximum length in bytes; a longer text is rejected unread.
const LONGEST_BYTES: usize = 1024;

/// A phone number as Logto stores it: digits alone, the calling code first.
///
/// Whether it is in use is unknown. It is one that libphonenumber calls valid, or one of the length of its country's
/// fixed lines or mobile phones: lists of the assigned ranges grow old, and a code that comes back proves more.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PhoneNumber {
    digits: String,
}

impl PhoneNumber {
    /// Reads what a user typed. It begins with `+` or `00` and the calling code, without which the country is unknown.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let plain = plain(typed)?;
        let whole = parsed(&plain);
        // A zero in parentheses is dialled within the country only. Where a country has none, libphonenumber takes it
        // for a digit.
        let number = match plain.split_once("(0)") {
            Some((before, after)) if !whole.as_ref().is_some_and(is_valid) => {
                parsed(&format!("{before}{after}")).filter(is_valid).or(whole)
            }
            _ => whole,
        };
        let number = number.filter(is_number)?;
        let digits = digits_of(&number);
        // Logto parses it once more, and must get the same result: of several zeros the first may be one that is
        // dialled within the country only.
        let is_stable = stored(&digits).is_some_and(|again| digits_of(&again) == digits);
        is_stable.then_some(Self { digits })
    }

    /// Returns the digits with the calling code.
    pub(crate) fn digits(&self) -> &str {
        &self.digits
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&mask::phone(&self.digits))
    }
}

/// Returns the country of a number that Logto has already, where it is known.
pub(crate) fn country_of(digits: &str) -> Option<Country> {
    // Numbers of no country (satellites, free-phone) belong to the world.
    let country = stored(digits).and_then(|number| PHONE_NUMBER_UTIL.get_region_for_number(&number));
    country.filter(|country| *country != Country::World)
}

/// Returns a number that Logto has already, as it is written: `+43 664 1234567`. Returns `None` for what is no phone
/// number: Logto accepts any digits.
pub(crate) fn formatted(digits: &str) -> Option<String> {
    let number = stored(digits).filter(is_number)?;
    let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International).into_owned();
    // The stored digits must be shown exactly.
    text.chars().filter(char::is_ascii_digit).eq(digits.chars()).then_some(text)
}

fn stored(digits: &str) -> Option<rlibphonenumber::PhoneNumber> {
    let is_digits = digits.len() <= LONGEST_TYPED && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits { parsed(&format!("+{digits}")) } else { None }
}

fn parsed(number: &str) -> Option<rlibphonenumber::PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(number, None).ok()
}

fn digits_of(number: &rlibphonenumber::PhoneNumber) -> String {
    PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).trim_start_matches('+').to_owned()
}

/// Whether it can be a number at all. Its length is checked first: the patterns of its country are large, and kept.
fn is_number(number: &rlibphonenumber::PhoneNumber) -> bool {
    has_usual_length(number) || is_valid(number)
}

fn is_valid(number: &rlibphonenumber::PhoneNumber) -> bool {
    PHONE_NUMBER_UTIL.is_valid_number(number)
}

/// Whether fixed lines or mobile phones of its country have numbers of this length, dialled from anywhere.
fn has_usual_length(number: &rlibphonenumber::PhoneNumber) -> bool {
    let length =
        PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(number, PhoneNumberType::FixedLineOrMobile);
    matches!(length, Ok(NumberLengthType::IsPossible))
}

/// Returns `+43(0)6641234567` for `0043 (0) 664/123 45 67`: without invisible characters and separators, digits of
/// every script as 0 to 9. The page reads what is typed by the same rules (`phone_number.ts`), and both are tested
/// with the same cases.
fn plain(typed: &str) -> Option<String> {
    if typed.len() > LONGEST_BYTES {
        return None;
    }
    // Address books put direction marks around a number.
    let seen: String =
        typed.chars().filter(|character| character.general_category() != GeneralCategory::Format).collect();
    let seen = seen.trim();
    if seen.chars().count() > LONGEST_TYPED {
        return None;
    }
    let mut plain = String::new();
    for (index, character) in seen.chars().enumerate() {
        match character {
            '(' | '[' | '\u{ff08}' | '\u{ff3b}' => plain.push('('),
            ')' | ']' | '\u{ff09}' | '\u{ff3d}' => plain.push(')'),
            '+' | '\u{ff0b}' if index == 0 => plain.push('+'),
            _ => match digit(character) {
                Some(digit) => plain.push(digit),
                None if is_between(character) => {}
                None => return None,
            },
        }
    }
    if let Some(rest) = plain.strip_prefix("00") {
        plain = format!("+{rest}");
    }
    // No calling code begins with 0.
    let begins =
        plain.strip_prefix('+').is_some_and(|rest| rest.starts_with(|first| matches!(first, '1'..='9')));
    begins.then_some(plain)
}

/// Whether a character is a separator that users write between digits.
fn is_between(character: char) -> bool {
    matches!(character.general_category(), GeneralCategory::SpaceSeparator | GeneralCategory::DashPunctuation)
        || matches!(character, '\t' | '.' | '/' | '\u{2212}' | '\u{30fc}' | '\u{ff0e}' | '\u{ff0f}')
}

/// Returns a digit of any script as one of 0 to 9. Unicode lists the digits of a script from 0 to 9, one set after the
/// other.
fn digit(character: char) -> Option<char> {
    if character.is_ascii_digit() {
        return Some(character);
    }
    let is_digit = |character: &char| character.general_category() == GeneralCategory::DecimalNumber;
    let before = |back| u32::from(character).checked_sub(back).and_then(char::from_u32);
    let value = (1..).map_while(before).take_while(is_digit).count() % 10;
    Some(character).filter(is_digit).and_then(|_| char::from_digit(u32::try_from(value).ok()?, 10))
}

#[cfg(test)]
mod tests;
