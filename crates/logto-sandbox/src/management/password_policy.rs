//! `POST /api/sign-in-exp/default/check-password`: the tenant's password policy.

use serde_json::{Value, json};

use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::user::User;

/// Checks a password; with `userId` against the user's own data, too. The present password is not recognised.
pub(crate) fn check(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let password = match guard::filled_text(&body, "password") {
        Ok(password) => password,
        Err(reply) => return reply,
    };
    let user = body.get("userId").and_then(Value::as_str).and_then(|id| state.users.get(id));
    let issues = issues(password, &state.settings.sign_in_experience["passwordPolicy"], user);
    if issues.is_empty() {
        return Reply::json(200, &json!({"result": true}));
    }
    Reply::json(400, &json!({"result": false, "issues": issues}))
}

/// Returns the issues in the order of Logto's `PasswordPolicyChecker` (core-kit): lengths are UTF-16 code units;
/// repetitions, sequences, words and the user's own data are marked in the password together, and count only when they
/// cover nearly all of it. Breaches are not looked up.
fn issues(password: &str, policy: &Value, user: Option<&User>) -> Vec<Value> {
    let number =
        |pointer: &str, default: u64| policy.pointer(pointer).and_then(Value::as_u64).unwrap_or(default);
    let rejects =
        |name: &str| policy.pointer(&format!("/rejects/{name}")).and_then(Value::as_bool) == Some(true);
    let length = u64::try_from(password.encode_utf16().count()).unwrap_or(u64::MAX);
    let (min, max) = (number("/length/min", 8), number("/length/max", 256));
    let types = number("/characterTypes/min", 1);
    let mut found = Vec::new();
    if length < min {
        found.push(json!({"code": "password_rejected.too_short", "interpolation": {"min": min}}));
    } else if length > max {
        found.push(json!({"code": "password_rejected.too_long", "interpolation": {"max": max}}));
    }
    match character_types(password) {
        None => found.push(json!({"code": "password_rejected.unsupported_characters"})),
        Some(kinds) if kinds < types => {
            found.push(json!({"code": "password_rejected.character_types", "interpolation": {"min": types}}))
        }
        Some(_) => {}
    }
    let words = policy.pointer("/rejects/words").and_then(Value::as_array).into_iter().flatten();
    let restricted = Restricted {
        runs: rejects("repetitionAndSequence"),
        words: words.filter_map(Value::as_str).map(str::to_lowercase).collect(),
        own: user.filter(|_| rejects("userInfo")).map(own_data).unwrap_or_default(),
    };
    found.extend(restricted.issues(&password.to_lowercase()));
    found
}

/// Returns how many kinds of characters a password has; `None` when it has any that Logto does not accept. A space is
/// a symbol.
fn character_types(password: &str) -> Option<u64> {
    let kinds: [fn(char) -> bool; 4] = [
        |character| character.is_ascii_lowercase(),
        |character| character.is_ascii_uppercase(),
        |character| character.is_ascii_digit(),
        |character| character.is_ascii_punctuation() || character == ' ',
    ];
    let is_taken = password.chars().all(|character| kinds.iter().any(|kind| kind(character)));
    is_taken.then(|| kinds.iter().map(|kind| u64::from(password.chars().any(kind))).sum())
}

/// The minimum length of repetitions and sequences that count.
const SHORTEST_RUN: usize = 3;
/// More characters than these outside of what is restricted make a password acceptable.
const TOLERANCE: usize = 3;
/// Each is a sequence backwards, too.
const SEQUENCES: [&str; 14] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik",
    "9ol",
];

/// Texts that may not make up nearly the whole password, in lower case.
struct Restricted {
    runs: bool,
    words: Vec<String>,
    own: Vec<String>,
}

impl Restricted {
    /// Returns the issues of a password in lower case, in the order in which it shows them first.
    fn issues(&self, password: &str) -> Vec<Value> {
        let letters: Vec<char> = password.chars().collect();
        let mut covered = vec![false; letters.len()];
        let mut codes: Vec<&str> = Vec::new();
        for start in 0..letters.len() {
            let rest = &letters[start..];
            let runs = if self.runs { (repetition(rest), sequence(rest)) } else { (0, 0) };
            for (length, code) in [
                (runs.0, "repetition"),
                (runs.1, "sequence"),
                (longest(rest, &self.words), "words"),
                (longest(rest, &self.own), "user_info"),
            ] {
                if length > 0 {
                    covered[start..start + length].fill(true);
                    if !codes.contains(&code) {
                        codes.push(code);
                    }
                }
            }
        }
        let count = covered.into_iter().filter(|is_covered| *is_covered).count();
        if count <= letters.len().saturating_sub(TOLERANCE).max(1) {
            return Vec::new();
        }
        codes.iter().map(|code| json!({"code": format!("password_rejected.restricted.{code}")})).collect()
    }
}

/// Returns the length of the repeated character that a text begins with, or 0.
fn repetition(text: &[char]) -> usize {
    let length = text.iter().take_while(|character| **character == text[0]).count();
    if length >= SHORTEST_RUN { length } else { 0 }
}

/// Returns the length of the sequence that a text begins with, or 0.
fn sequence(text: &[char]) -> usize {
    let is_sequence = |part: &[char]| {
        let forwards: String = part.iter().collect();
        let backwards: String = part.iter().rev().collect();
        SEQUENCES.iter().any(|sequence| sequence.contains(&forwards) || sequence.contains(&backwards))
    };
    let length = (1..text.len()).take_while(|end| is_sequence(&text[..=*end])).count() + 1;
    if length >= SHORTEST_RUN { length } else { 0 }
}

/// Returns the length of the longest phrase that a text begins with, or 0.
fn longest(text: &[char], phrases: &[String]) -> usize {
    let length = |phrase: &String| {
        let mut letters = text.iter();
        phrase.chars().all(|character| letters.next() == Some(&character)).then(|| phrase.chars().count())
    };
    phrases.iter().filter_map(length).max().unwrap_or_default()
}

/// Returns the user's own data as Logto looks for it: the name whole, without spaces and word by word, the username,
/// the e-mail address up to the `@`, and the phone number.
fn own_data(user: &User) -> Vec<String> {
    let name = user.text("name").unwrap_or_default();
    let mut own: Vec<String> = vec![name.to_owned(), name.split_whitespace().collect()];
    own.extend(name.split(' ').map(str::to_owned));
    let email = user.text("primaryEmail").and_then(|email| email.split('@').next());
    let others = [user.text("username"), email, user.text("primaryPhone")];
    own.extend(others.into_iter().flatten().map(str::to_owned));
    own.into_iter().filter(|text| !text.is_empty()).map(|text| text.to_lowercase()).collect()
}
