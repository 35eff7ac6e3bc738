//! What a user may do with each field (decision 5), and which values a field can hold.
//!
//! Logto's account center is disabled by default: then this server's own table decides. Where it is enabled it decides
//! (an absent field is off) and the table may only narrow.

pub(crate) mod email_address;
pub(crate) mod email_blocklist;
pub(crate) mod limits;
pub(crate) mod phone_number;
pub(crate) mod username;
pub(crate) mod values;

use account_api::account::{Field, FieldAccess, ReadOnlyReason};
use account_api::error::ServerCode;
use logto_client::types::{AccountCenter, FieldControl};

use crate::config::{FieldMode, FieldTable};
use crate::error::Failure;
use crate::http::router::Scope;

/// What a user may do with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Edit,
    ReadOnly(ReadOnlyReason),
    Off,
}

impl Access {
    /// # Errors
    /// `field_not_editable` when the field is not even shown.
    pub(crate) fn demand_read(self, field: &'static str) -> Result<(), Failure> {
        match self {
            Self::Off => {
                Err(Failure::new(ServerCode::FieldNotEditable, "this is not offered here").of_field(field))
            }
            Self::Edit | Self::ReadOnly(_) => Ok(()),
        }
    }

    /// # Errors
    /// `field_not_editable` when the field may not be changed.
    pub(crate) fn demand_edit(self, field: impl Into<Box<str>>) -> Result<(), Failure> {
        match self {
            Self::Edit => Ok(()),
            Self::Off | Self::ReadOnly(_) => {
                Err(Failure::new(ServerCode::FieldNotEditable, "this field may not be changed")
                    .of_field(field))
            }
        }
    }

    /// Returns the field for an answer, without the value of a field that is off.
    pub(crate) fn field<T>(self, value: Option<T>) -> Field<T> {
        match self {
            Self::Edit => Field::Edit { value },
            Self::ReadOnly(reason) => Field::ReadOnly { value, reason },
            Self::Off => Field::Off,
        }
    }

    /// Returns the access for an answer, of what has no value in the account.
    pub(crate) fn without_value(self) -> FieldAccess {
        match self {
            Self::Edit => FieldAccess::Edit,
            Self::ReadOnly(reason) => FieldAccess::ReadOnly { reason },
            Self::Off => FieldAccess::Off,
        }
    }
}

/// What one user may do with every field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldPolicy {
    pub(crate) name: Access,
    pub(crate) avatar: Access,
    pub(crate) username: Access,
    pub(crate) email: Access,
    pub(crate) phone: Access,
    pub(crate) password: Access,
    pub(crate) profile: Access,
    /// The preferences and the custom fields.
    pub(crate) custom_data: Access,
    /// Sessions and grants: seeing and ending them.
    pub(crate) sessions: Access,
    /// Personal access tokens. Logto's account center has no word for them, so this server's table decides alone.
    pub(crate) access_tokens: Access,
    /// Linked social accounts.
    pub(crate) social: Access,
}

impl FieldPolicy {
    /// Returns the policy for a token with some scopes.
    pub(crate) fn resolve(center: &AccountCenter, table: &FieldTable, has: impl Fn(Scope) -> bool) -> Self {
        let with =
            |scope: Scope, control: Option<FieldControl>, own: Option<FieldMode>, default: FieldMode| {
                let access = if center.enabled {
                    narrow(from_logto(control), own)
                } else {
                    from_table(own.unwrap_or(default))
                };
                match access {
                    Access::Edit if !has(scope) => Access::ReadOnly(ReadOnlyReason::Scope),
                    access => access,
                }
            };
        let resolve = |control, own, default| with(Scope::Write, control, own, default);
        // Identifiers and the password are changed with a scope of their own.
        let secure = |control, own| with(Scope::Security, control, own, FieldMode::Edit);
        let fields = &center.fields;
        Self {
            name: resolve(fields.name, table.name, FieldMode::Edit),
            avatar: resolve(fields.avatar, table.avatar, FieldMode::Edit),
            username: secure(fields.username, table.username),
            email: secure(fields.email, table.email),
            phone: secure(fields.phone, table.phone),
            password: secure(fields.password, table.password),
            profile: resolve(fields.profile, table.profile, FieldMode::Edit),
            custom_data: resolve(fields.custom_data, table.custom_data, FieldMode::Off),
            sessions: secure(fields.session, table.sessions),
            social: secure(fields.social, table.social),
            access_tokens: match from_table(table.access_tokens.unwrap_or(FieldMode::Off)) {
                Access::Edit if !has(Scope::Security) => Access::ReadOnly(ReadOnlyReason::Scope),
                access => access,
            },
        }
    }
}

fn from_logto(control: Option<FieldControl>) -> Access {
    match control {
        Some(FieldControl::Edit) => Access::Edit,
        Some(FieldControl::ReadOnly) => Access::ReadOnly(ReadOnlyReason::Organisation),
        Some(FieldControl::Off | FieldControl::Unknown) | None => Access::Off,
    }
}

fn from_table(mode: FieldMode) -> Access {
    match mode {
        FieldMode::Edit => Access::Edit,
        FieldMode::ReadOnly => Access::ReadOnly(ReadOnlyReason::Server),
        FieldMode::Off => Access::Off,
    }
}

fn narrow(access: Access, own: Option<FieldMode>) -> Access {
    match (access, own) {
        (_, Some(FieldMode::Off)) | (Access::Off, _) => Access::Off,
        (Access::Edit, Some(FieldMode::ReadOnly)) => Access::ReadOnly(ReadOnlyReason::Server),
        (access, _) => access,
    }
}
