//! The budgets of `[limits]`: how often something may be tried (B12, B13, B14).
//!
//! A budget is a list of rules such as `"3 per 10 min"`, all of which hold. The defaults are the product's; an
//! operator may change each, but not switch one off.

use std::time::Duration;

use super::load::ConfigError;

/// At most `most` hits within `within`, whenever that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The number of hits.
    pub most: u32,
    /// The length of the window.
    pub within: Duration,
}

/// All budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Codes to one address, for all users together.
    pub code_sends_per_recipient: Vec<Rule>,
    /// Codes that one user requests: counted apart for addresses they have and for addresses new to them.
    pub code_sends_per_user: Vec<Rule>,
    /// Codes that are requested from one IP address (of IPv6, one /64).
    pub code_sends_per_ip: Vec<Rule>,
    /// All codes.
    pub code_sends_overall: Vec<Rule>,
    /// Of these, codes by SMS that one user requests.
    pub sms_per_user: Vec<Rule>,
    /// All codes by SMS.
    pub sms_overall: Vec<Rule>,
    /// Where SMS go: two capital letters (ISO 3166) or digits of a calling code. `None`: everywhere; an empty list:
    /// nowhere.
    pub sms_countries: Option<Vec<String>>,
    /// Tries at one code.
    pub code_tries_per_code: Vec<Rule>,
    /// Tries at codes to one address, of all users together.
    pub code_tries_per_recipient: Vec<Rule>,
    /// Tries of one user at any code.
    pub code_tries_per_user: Vec<Rule>,
    /// User names that one user tries.
    pub username_tries_per_user: Vec<Rule>,
    /// Passwords that are tried for one user.
    pub password_tries_per_user: Vec<Rule>,
    /// Passwords that are tried from one IP address (of IPv6, one /64).
    pub password_tries_per_ip: Vec<Rule>,
    /// Requests of one user. These four are token buckets in memory, counted by each server for itself.
    pub requests_per_user: Vec<Rule>,
    /// Requests from one IP address (of IPv6, one /64), with a valid token or without one.
    pub requests_per_ip: Vec<Rule>,
    /// Changes of one user: everything that waits for their lock.
    pub changes_per_user: Vec<Rule>,
    /// Changes from one IP address (of IPv6, one /64).
    pub changes_per_ip: Vec<Rule>,
}

/// The maximum number of a rule whose every hit is kept in the store.
pub(super) const MOST_KEPT: u32 = 2_000;
/// The maximum number of a rule that is counted in memory.
pub(super) const MOST_COUNTED: u32 = 1_000_000;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for Budgets {
    fn default() -> Self {
        let rules = |rules: &[(u32, u64)]| {
            rules.iter().map(|(most, s)| Rule { most: *most, within: Duration::from_secs(*s) }).collect()
        };
        Self {
            code_sends_per_recipient: rules(&[(3, 10 * MINUTE), (10, DAY)]),
            code_sends_per_user: rules(&[(5, 10 * MINUTE)]),
            code_sends_per_ip: rules(&[(30, 10 * MINUTE)]),
            code_sends_overall: rules(&[(300, 10 * MINUTE)]),
            sms_per_user: rules(&[(3, 10 * MINUTE)]),
            sms_overall: rules(&[(60, 10 * MINUTE)]),
            sms_countries: None,
            code_tries_per_code: rules(&[(5, HOUR)]),
            code_tries_per_recipient: rules(&[(10, HOUR)]),
            code_tries_per_user: rules(&[(20, HOUR)]),
            username_tries_per_user: rules(&[(10, HOUR)]),
            password_tries_per_user: rules(&[(5, 15 * MINUTE), (10, HOUR), (20, DAY)]),
            password_tries_per_ip: rules(&[(30, 15 * MINUTE)]),
            requests_per_user: rules(&[(240, MINUTE)]),
            requests_per_ip: rules(&[(3_000, MINUTE)]),
            changes_per_user: rules(&[(60, MINUTE)]),
            changes_per_ip: rules(&[(600, MINUTE)]),
        }
    }
}

/// Returns the rules of one budget, each of at most `most`, or the default's.
pub(super) fn rules(
    field: &str,
    texts: Option<Vec<String>>,
    default: Vec<Rule>,
    most: u32,
) -> Result<Vec<Rule>, ConfigError> {
    let Some(texts) = texts else { return Ok(default) };
    if texts.is_empty() {
        return Err(ConfigError::field(field, "must have a rule (no budget can be switched off)"));
    }
    let rules: Option<Vec<Rule>> = texts.iter().map(|text| rule(text, most)).collect();
    rules.ok_or_else(|| {
        let reason = format!(
            "must be a list of rules such as \"3 per 10 min\": 1 to {most} per 1 or more s, min, h or days, at most \
             7 days"
        );
        ConfigError::field(field, &reason)
    })
}

/// Reads `3 per 10 min`, `10 per day`.
fn rule(text: &str, largest: u32) -> Option<Rule> {
    let (most, within) = text.split_once(" per ")?;
    let (number, unit) = within.split_once(' ').unwrap_or(("1", within));
    let unit = match unit {
        "s" => 1,
        "min" => MINUTE,
        "h" => HOUR,
        "day" | "days" => DAY,
        _ => return None,
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let within = number.parse::<u64>().ok().filter(|_| digits(number))?.checked_mul(unit)?;
    let most = most.parse().ok().filter(|_| digits(most))?;
    let is_right = (1..=largest).contains(&most) && (1..=7 * DAY).contains(&within);
    is_right.then_some(Rule { most, within: Duration::from_secs(within) })
}

/// Reads a list of countries: capital letters or digits.
pub(super) fn countries(field: &str, list: Option<Vec<String>>) -> Result<Option<Vec<String>>, ConfigError> {
    let is_country = |text: &String| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()))
            || ((1..=4).contains(&text.len())
                && !text.starts_with('0')
                && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if list.iter().flatten().all(is_country) {
        return Ok(list);
    }
    Err(ConfigError::field(
        field,
        "must hold two capital letters (ISO 3166) or the digits of a calling code for each country",
    ))
}
