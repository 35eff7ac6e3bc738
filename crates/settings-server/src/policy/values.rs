//! Which values a field can hold. Everything is checked before the request to Logto: it checks almost nothing itself,
//! and answers 500 to a NUL character.

use account_api::account::Address;
use account_api::limits::LIMITS;
use url::Url;

use crate::text::invisible;

/// Whether a text is one line: with a visible character, no control characters, and at most `most` characters.
fn is_line(text: &str, most: usize) -> bool {
    is_line_of_any_length(text) && text.chars().count() <= most
}

/// As [`is_line`], with a length that is counted otherwise.
pub(crate) fn is_line_of_any_length(text: &str) -> bool {
    invisible::has_visible(text) && !text.chars().any(char::is_control)
}

/// Whether a text has several lines: as [`is_line`], but line feeds are allowed.
fn is_lines(text: &str, most: usize) -> bool {
    invisible::has_visible(text)
        && text.chars().count() <= most
        && !text.chars().any(|character| character.is_control() && character != '\n')
}

/// Whether a text can be a password: anything that can be typed, within the length that Logto hashes.
pub(crate) fn is_password(text: &str) -> bool {
    (1..=LIMITS.password).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Whether a text can be a display name.
pub(crate) fn is_name(text: &str) -> bool {
    is_line(text, LIMITS.name)
}

/// Names of personal access tokens. They are a segment of a path at Logto, so that a step to another folder, or what a proxy may
/// take for one, is refused.
pub(crate) fn is_access_token_name(text: &str) -> bool {
    is_line(text, LIMITS.access_token_name) && !matches!(text, "." | "..") && !text.contains(['/', '\\'])
}

/// Whether a text can be given names.
pub(crate) fn is_given_name(text: &str) -> bool {
    is_line(text, LIMITS.given_name)
}

/// Whether a text can be family names.
pub(crate) fn is_family_name(text: &str) -> bool {
    is_line(text, LIMITS.family_name)
}

/// Whether a text can be middle names.
pub(crate) fn is_middle_name(text: &str) -> bool {
    is_line(text, LIMITS.middle_name)
}

/// Whether a text can be a nickname.
pub(crate) fn is_nickname(text: &str) -> bool {
    is_line(text, LIMITS.nickname)
}

/// Whether a text can be a preferred name.
pub(crate) fn is_preferred_username(text: &str) -> bool {
    is_line(text, LIMITS.preferred_username)
}

/// Whether a text can be a gender, free text as in OpenID Connect.
pub(crate) fn is_gender(text: &str) -> bool {
    is_line(text, LIMITS.gender)
}

/// Whether a text is the https URL of a picture. It is stored and shown, never fetched by this server.
pub(crate) fn is_avatar(text: &str) -> bool {
    is_https_url(text, LIMITS.avatar)
}

/// Whether a text is the https URL of a profile page.
pub(crate) fn is_profile_page(text: &str) -> bool {
    is_https_url(text, LIMITS.profile)
}

/// Whether a text is the https or http URL of a web site.
pub(crate) fn is_website(text: &str) -> bool {
    is_web_url(text, LIMITS.website)
}

/// Whether a text is an https URL of at most `most` characters.
pub(crate) fn is_https_url(text: &str, most: usize) -> bool {
    is_url(text, &["https"], most)
}

/// Whether a text is an https or http URL of at most `most` characters.
pub(crate) fn is_web_url(text: &str, most: usize) -> bool {
    is_url(text, &["https", "http"], most)
}

/// Whether a text has a scheme, `://` and a host, as RFC 3986 §3 wants it. The parser of browsers (WHATWG) would also
/// take `https:/host`, `https:host`, `https:///host` and back slashes, and would read `https://https://host` as the
/// host `https`.
pub(crate) fn names_a_host(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !authority.is_empty() && !authority.ends_with(':') && !text.contains('\\')
}

fn is_url(text: &str, schemes: &[&str], most: usize) -> bool {
    if !names_a_host(text)
        || text.chars().count() > most
        || text.chars().any(|character| character.is_control() || character.is_whitespace())
    {
        return false;
    }
    Url::parse(text).is_ok_and(|url| {
        schemes.contains(&url.scheme())
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    })
}

/// Whether a text is `YYYY-MM-DD`, `0000-MM-DD` (the year withheld) or `YYYY` (OpenID Connect Core 1.0 §5.1), a real
/// date.
pub(crate) fn is_birthdate(text: &str) -> bool {
    let number = |digits: &str, length: usize| {
        (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year] => number(year, 4).is_some_and(|year| year > 0),
        [year, month, day] => {
            let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
            else {
                return false;
            };
            is_day(year, month, day)
        }
        _ => false,
    }
}

/// Whether this is a day of the Gregorian calendar, extended to all years from 0.
pub(crate) fn is_day(year: u32, month: u32, day: u32) -> bool {
    i32::try_from(year).is_ok_and(|year| chrono::NaiveDate::from_ymd_opt(year, month, day).is_some())
}

/// Whether a text has the shape of an IANA time zone name: `UTC`, `Europe/Vienna`, `America/Argentina/Salta`,
/// `Etc/GMT+5`.
pub(crate) fn is_zoneinfo(text: &str) -> bool {
    let segment_ok = |segment: &str| {
        segment.starts_with(|first: char| first.is_ascii_alphabetic())
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    text.len() <= LIMITS.zoneinfo && text.split('/').count() <= 3 && text.split('/').all(segment_ok)
}

/// Whether a text has the shape of a BCP 47 language tag: `de`, `de-AT`, `zh-Hant-TW`.
pub(crate) fn is_locale(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language_ok = subtags.next().is_some_and(|tag| {
        (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    language_ok
        && text.len() <= LIMITS.locale
        && subtags
            .all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Returns the first line of an address that cannot be stored, in the request's spelling. Lines that do not change are
/// not checked: another program may have written them.
pub(crate) fn wrong_address_line(from: Option<&Address>, to: &Address) -> Option<&'static str> {
    type Line = fn(&Address) -> Option<&String>;
    type Rule = fn(&str, usize) -> bool;
    let most = LIMITS.address;
    let rules: [(Line, Rule, usize, &'static str); 6] = [
        (|address| address.formatted.as_ref(), is_lines, most.formatted, "address.formatted"),
        (|address| address.street_address.as_ref(), is_lines, most.street_address, "address.street_address"),
        (|address| address.locality.as_ref(), is_line, most.locality, "address.locality"),
        (|address| address.region.as_ref(), is_line, most.region, "address.region"),
        (|address| address.postal_code.as_ref(), is_line, most.postal_code, "address.postal_code"),
        (|address| address.country.as_ref(), is_line, most.country, "address.country"),
    ];
    rules.into_iter().find_map(|(line, is_right, most, field)| {
        let new = line(to).filter(|new| Some(*new) != from.and_then(line))?;
        (!is_right(new, most)).then_some(field)
    })
}
