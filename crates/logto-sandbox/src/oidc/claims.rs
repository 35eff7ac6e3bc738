//! The claims about a user that scopes open, in ID tokens and at userinfo.

use serde_json::{Map, Value};

use crate::state::State;
use crate::state::user::User;

/// `sub` and what the scopes allow. Times are in milliseconds, against the standard, as Logto does.
pub(crate) fn user_claims(state: &State, user: &User, scope: &[String]) -> Map<String, Value> {
    let has = |name: &str| scope.iter().any(|granted| granted == name);
    let field = |name: &str| user.data.get(name).cloned().unwrap_or(Value::Null);
    let mut claims = Map::new();
    claims.insert("sub".into(), user.id.clone().into());
    let profile = user.data.get("profile").and_then(Value::as_object);
    if has("profile") {
        claims.insert("name".into(), field("name"));
        for (claim, name) in [
            ("family_name", "familyName"),
            ("given_name", "givenName"),
            ("middle_name", "middleName"),
            ("nickname", "nickname"),
            ("preferred_username", "preferredUsername"),
            ("profile", "profile"),
            ("website", "website"),
            ("gender", "gender"),
            ("birthdate", "birthdate"),
            ("zoneinfo", "zoneinfo"),
            ("locale", "locale"),
        ] {
            if let Some(value) = profile.and_then(|profile| profile.get(name)) {
                claims.insert(claim.into(), value.clone());
            }
        }
        let username = field("username");
        if !username.is_null() {
            claims.entry("preferred_username").or_insert_with(|| username.clone());
        }
        claims.insert("picture".into(), field("avatar"));
        claims.insert("updated_at".into(), field("updatedAt"));
        claims.insert("username".into(), username);
        claims.insert("created_at".into(), field("createdAt"));
    }
    if has("email") {
        claims.insert("email".into(), field("primaryEmail"));
        claims.insert("email_verified".into(), user.text("primaryEmail").is_some().into());
    }
    if has("phone") {
        claims.insert("phone_number".into(), field("primaryPhone"));
        claims.insert("phone_number_verified".into(), user.text("primaryPhone").is_some().into());
    }
    if has("address")
        && let Some(address) = profile.and_then(|profile| profile.get("address"))
    {
        claims.insert("address".into(), address.clone());
    }
    if has("custom_data") {
        claims.insert("custom_data".into(), field("customData"));
    }
    if has("identities") {
        claims.insert("identities".into(), field("identities"));
    }
    if has("roles") {
        let names = state.roles.iter().filter(|role| user.roles.contains(&role.id));
        claims.insert("roles".into(), names.map(|role| Value::from(role.name.clone())).collect());
    }
    if has("urn:logto:scope:organizations") {
        claims.insert("organizations".into(), Value::Array(Vec::new()));
    }
    claims
}
