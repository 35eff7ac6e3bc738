//! A user of Logto as the account's user may see it: the one place where Logto's data becomes an answer.

use account_api::account::{AccountView, Address, Field, Language, Preferences, Profile, Theme};
use logto_client::types::{self as logto, CustomData, User};
use serde_json::Value;

use crate::account::rules::Rules;
use crate::custom_fields;
use crate::policy::phone_number;

/// The key of custom data that belongs to this product.
pub(crate) const PREFERENCES_KEY: &str = "latchkey";

/// Returns the account, reduced by the policy.
pub(crate) fn account(user: User, rules: &Rules) -> AccountView {
    let (policy, sign_in_ways) = (&rules.policy, rules.sign_in_methods(&user));
    let enterprise = rules.enterprise(&user);
    let phone = policy.phone.field(present(user.primary_phone));
    AccountView {
        user_id: user.id.as_str().to_owned(),
        name: policy.name.field(present(user.name)),
        avatar: policy.avatar.field(present(user.avatar)),
        username: policy.username.field(present(user.username)),
        email: policy.email.field(present(user.primary_email)),
        phone_formatted: value(&phone).and_then(|digits| phone_number::formatted(digits)),
        phone,
        password: policy.password.field(Some(user.has_password)),
        code_routes: rules.code_routes(),
        sign_in_ways,
        custom_fields: custom_fields::view(&rules.custom_fields, &user.custom_data, policy.custom_data),
        preferences: policy.custom_data.field(Some(preferences(&user.custom_data))),
        profile: policy.profile.field(Some(profile(user.profile))),
        sessions: policy.sessions.without_value(),
        access_tokens: policy.access_tokens.without_value(),
        social: policy.social.without_value(),
        enterprise,
        created_at: user.created_at,
        last_sign_in_at: user.last_sign_in_at,
    }
}

/// Returns what is shown of a field.
fn value<T>(field: &Field<T>) -> Option<&T> {
    match field {
        Field::Edit { value } | Field::ReadOnly { value, .. } => value.as_ref(),
        Field::Off => None,
    }
}

/// Returns a text that is set. Logto keeps a cleared text sometimes as `null`, sometimes as `""`: both mean "not set".
pub(crate) fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Returns the standard profile claims.
pub(crate) fn profile(profile: logto::Profile) -> Profile {
    Profile {
        given_name: present(profile.given_name),
        family_name: present(profile.family_name),
        middle_name: present(profile.middle_name),
        nickname: present(profile.nickname),
        preferred_username: present(profile.preferred_username),
        profile: present(profile.profile),
        website: present(profile.website),
        gender: present(profile.gender),
        birthdate: present(profile.birthdate),
        zoneinfo: present(profile.zoneinfo),
        locale: present(profile.locale),
        address: profile.address.and_then(address),
    }
}

/// Returns an address; one without any line is none.
pub(crate) fn address(address: logto::Address) -> Option<Address> {
    let address = Address {
        formatted: present(address.formatted),
        street_address: present(address.street_address),
        locality: present(address.locality),
        region: present(address.region),
        postal_code: present(address.postal_code),
        country: present(address.country),
    };
    (address != Address::default()).then_some(address)
}

/// Returns the preferences in custom data; a value that this version does not know counts as never chosen.
pub(crate) fn preferences(custom_data: &CustomData) -> Preferences {
    let ours = custom_data.get(PREFERENCES_KEY).and_then(Value::as_object);
    let value = |name: &str| ours.and_then(|ours| ours.get(name)).cloned().unwrap_or(Value::Null);
    Preferences {
        theme: serde_json::from_value::<Option<Theme>>(value("theme")).unwrap_or_default(),
        language: serde_json::from_value::<Option<Language>>(value("language")).unwrap_or_default(),
    }
}
