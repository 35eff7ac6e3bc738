//! The fields of values in the audit log and in intents.

use std::fmt;
use std::str::FromStr;

/// One value that a change writes. Its text is stored: it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuditField {
    /// The account as a whole.
    Account,
    Name,
    Avatar,
    Username,
    Email,
    Phone,
    /// A password, by the digest that [`password_field`](crate::changes::observe::password_field) makes.
    Password(String),
    /// A standard profile claim, by its name.
    Profile(String),
    /// A custom field, by its name.
    Custom(String),
    /// A preference, by its name.
    Preference(String),
    /// A personal access token, by the digest that [`access_token_field`](crate::changes::observe::access_token_field) makes.
    AccessToken(String),
    /// A linked social account, by its target: the user's id at the provider.
    Identity(String),
    /// Another social account of a target than the present one, by the digest that
    /// [`new_identity_field`](crate::changes::observe::new_identity_field) makes.
    NewIdentity {
        target: String,
        digest: String,
    },
    /// A browser session, by its uid in Logto.
    Session(String),
    /// A grant, by its id in Logto.
    Grant(String),
}

impl AuditField {
    /// Whether this field is written by a request to Logto of its own. Several others of one change are one request,
    /// which is applied whole or not at all.
    pub(crate) const fn is_independent(&self) -> bool {
        matches!(self, Self::Session(_) | Self::Grant(_))
    }
}

impl fmt::Display for AuditField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Name => f.write_str("name"),
            Self::Avatar => f.write_str("avatar"),
            Self::Username => f.write_str("username"),
            Self::Email => f.write_str("email"),
            Self::Phone => f.write_str("phone"),
            Self::Password(digest) => write!(f, "password:{digest}"),
            Self::Profile(name) => write!(f, "profile:{name}"),
            Self::Custom(name) => write!(f, "custom:{name}"),
            Self::Preference(name) => write!(f, "preference:{name}"),
            Self::AccessToken(digest) => write!(f, "access_token:{digest}"),
            Self::Identity(target) => write!(f, "identity:{target}"),
            Self::NewIdentity { target, digest } => write!(f, "new_identity:{digest}:{target}"),
            Self::Session(uid) => write!(f, "session:{uid}"),
            Self::Grant(id) => write!(f, "grant:{id}"),
        }
    }
}

/// The text is that of a field that this version does not know.
#[derive(Debug)]
pub(crate) struct UnknownField;

impl FromStr for AuditField {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) => (kind, Some(rest.to_owned())),
            None => (text, None),
        };
        Ok(match (kind, rest) {
            ("account", None) => Self::Account,
            ("name", None) => Self::Name,
            ("avatar", None) => Self::Avatar,
            ("username", None) => Self::Username,
            ("email", None) => Self::Email,
            ("phone", None) => Self::Phone,
            ("password", Some(digest)) => Self::Password(digest),
            ("profile", Some(name)) => Self::Profile(name),
            ("custom", Some(name)) => Self::Custom(name),
            ("preference", Some(name)) => Self::Preference(name),
            ("access_token", Some(digest)) => Self::AccessToken(digest),
            ("identity", Some(target)) => Self::Identity(target),
            ("new_identity", Some(rest)) => {
                let (digest, target) = rest.split_once(':').ok_or(UnknownField)?;
                Self::NewIdentity { target: target.to_owned(), digest: digest.to_owned() }
            }
            ("session", Some(uid)) => Self::Session(uid),
            ("grant", Some(id)) => Self::Grant(id),
            _ => return Err(UnknownField),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AuditField;

    #[test]
    fn b31_field_text_round_trip_keeps_it() {
        for text in [
            "account",
            "name",
            "avatar",
            "username",
            "email",
            "phone",
            "password:0123abcd",
            "profile:given_name",
            "custom:team:name",
            "preference:theme",
            "access_token:0123abcd",
            "identity:mock-social",
            "new_identity:0123abcd:mock:social",
            "session:abc",
            "grant:abc",
        ] {
            let field: AuditField = text.parse().unwrap();
            assert_eq!(field.to_string(), text);
        }
        for text in ["", "something", "something:new", "password", "name:x"] {
            assert!(text.parse::<AuditField>().is_err(), "{text}");
        }
    }
}
