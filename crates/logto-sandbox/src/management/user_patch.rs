//! `PATCH /api/users/{id}`: profile and customData are replaced, unknown keys ignored, empty text clears.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use serde_json::{Map, Value, json};

use super::error::{error, error_with_data, not_found};
use super::profile::checked_profile;
use super::{guard, users};
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// Checked fields, ready to be written.
pub(crate) type Fields = Map<String, Value>;

/// Longest username and name.
const MAX_LENGTH: usize = 128;

/// Changes a user.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = params.get("id");
    let fields = match guard::json_body(request).and_then(|body| read_fields(&body)) {
        Ok(fields) => fields,
        Err(reply) => return reply,
    };
    if !state.users.contains_key(id) {
        return not_found();
    }
    if fields.is_empty() {
        return error(422, "entity.invalid_input", "Invalid input. Value list must not be empty.");
    }
    if let Err(reply) = check_lengths(&fields).and_then(|()| check_conflicts(state, id, &fields)) {
        return reply;
    }
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(id) else { return not_found() };
    users::apply(user, fields);
    user.touch(now_ms);
    Reply::json(200, &user.view())
}

/// Reads the fields that a user has, checks their form, and drops all others.
pub(crate) fn read_fields(body: &Value) -> Result<Fields, Reply> {
    let body = body.as_object().ok_or_else(|| guard::wrong_type("object", Some(body), &[]))?;
    let mut fields = Fields::new();
    for name in ["username", "primaryEmail", "primaryPhone", "name", "avatar"] {
        let Some(value) = body.get(name) else { continue };
        let text = match value {
            Value::Null => "",
            Value::String(text) => text,
            other => return Err(guard::wrong_type("string", Some(other), &[name])),
        };
        if !text.is_empty() {
            if name == "avatar" && url::Url::parse(text).is_err() {
                return Err(guard::wrong_text("url", &[name]));
            }
            if !fits(name, text) {
                return Err(guard::wrong_text("regex", &[name]));
            }
        }
        let stored = match name {
            "primaryPhone" => stored_number(text),
            _ => text.to_owned(),
        };
        fields.insert(name.into(), if stored.is_empty() { Value::Null } else { stored.into() });
    }
    if let Some(value) = body.get("customData") {
        let object =
            value.as_object().ok_or_else(|| guard::wrong_type("object", Some(value), &["customData"]))?;
        fields.insert("customData".into(), Value::Object(object.clone()));
    }
    if let Some(value) = body.get("profile") {
        let object =
            value.as_object().ok_or_else(|| guard::wrong_type("object", Some(value), &["profile"]))?;
        fields.insert("profile".into(), Value::Object(checked_profile(object)?));
    }
    Ok(fields)
}

/// Returns a phone number as Logto's `PhoneNumberParser` keeps it: without what is dialled within the country only.
/// What libphonenumber cannot read stays as it was sent.
fn stored_number(digits: &str) -> String {
    match PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None) {
        Ok(number) => PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).replace('+', ""),
        Err(_) => digits.to_owned(),
    }
}

/// Logto's patterns: `^[A-Z_a-z]\w*$`, `^\S+@\S+\.\S+$`, `^\d+$`.
fn fits(name: &str, text: &str) -> bool {
    match name {
        "username" => {
            text.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        }
        "primaryEmail" => {
            !text.contains(char::is_whitespace)
                && text.split_once('@').is_some_and(|(local, domain)| {
                    !local.is_empty()
                        && domain
                            .rsplit_once('.')
                            .is_some_and(|(host, top)| !host.is_empty() && !top.is_empty())
                })
        }
        "primaryPhone" => text.chars().all(|character| character.is_ascii_digit()),
        _ => true,
    }
}

fn check_lengths(fields: &Fields) -> Result<(), Reply> {
    let too_long = ["username", "name", "primaryEmail", "primaryPhone"].iter().any(|name| {
        fields.get(*name).and_then(Value::as_str).is_some_and(|text| text.chars().count() > MAX_LENGTH)
    });
    if too_long {
        return Err(error_with_data(422, "entity.value_too_long", "The value is too long.", &json!({})));
    }
    Ok(())
}

/// Refuses a username, address or number that another user already has.
pub(crate) fn check_conflicts(state: &State, id: &str, fields: &Fields) -> Result<(), Reply> {
    for (name, kind, code) in [
        ("username", "username", "user.username_already_in_use"),
        ("primaryEmail", "email", "user.email_already_in_use"),
        ("primaryPhone", "phone", "user.phone_already_in_use"),
    ] {
        let Some(value) = fields.get(name).and_then(Value::as_str) else { continue };
        if state.user_by_identifier(kind, value).is_some_and(|user| user.id != id) {
            return Err(error(422, code, "This identifier is already in use."));
        }
    }
    Ok(())
}
