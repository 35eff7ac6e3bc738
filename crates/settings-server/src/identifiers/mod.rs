//! The e-mail address and the phone number: proven, set, changed and removed in the same way. What differs between the
//! two is in one description each.
//!
//! A new one is proven first, by a code that belongs to a transaction of ours (B11): `set` sends it, `confirm` makes
//! it the user's own. Whether another user has it is not disclosed before (B34).

mod confirm;
mod remove;
mod set;

use account_api::error::ServerCode;
use account_api::step_up::{CodeRoute, Purpose};
use logto_client::UserId;
use logto_client::types::{ConnectorType, User, UserChanges};

pub(crate) use confirm::confirm;
pub(crate) use remove::remove;
pub(crate) use set::set;

use crate::account::rules::Rules;
use crate::account::view::present;
use crate::audit_log::AuditField;
use crate::error::Failure;
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::policy::email_address::EmailAddress;
use crate::policy::phone_number::PhoneNumber;
use crate::policy::{Access, FieldPolicy, email_blocklist};
use crate::state::AppState;
use crate::store::Store;
use crate::verification::{self, Address};

/// One identifier: the e-mail address or the phone number.
pub(crate) struct Identifier {
    /// Its name in the policy and the account.
    field: &'static str,
    /// The member of a request that holds a new value.
    member: &'static str,
    /// The type of Logto's connector that sends to it.
    connector: ConnectorType,
    code: verification::Kind,
    purposes: Purposes,
    audit_field: AuditField,
    notice: NoticeKind,
    /// The notice that is sent before a change without any other proof.
    about_to_change: NoticeKind,
    access: fn(&FieldPolicy) -> Access,
    stored: fn(&User) -> Option<&String>,
    parse: fn(&str) -> Option<Address>,
    put: fn(&mut User, Option<String>),
    changes: fn(Option<String>) -> UserChanges,
}

/// The purpose of the proof, by what is done with the identifier.
struct Purposes {
    add: Purpose,
    change: Purpose,
    remove: Purpose,
}

/// The e-mail address.
pub(crate) static EMAIL: Identifier = Identifier {
    field: "email",
    member: "address",
    connector: ConnectorType::Email,
    code: verification::Kind::Email,
    purposes: Purposes { add: Purpose::AddEmail, change: Purpose::ChangeEmail, remove: Purpose::RemoveEmail },
    audit_field: AuditField::Email,
    notice: NoticeKind::SignInEmailChanged,
    about_to_change: NoticeKind::EmailAboutToChange,
    access: |policy| policy.email,
    stored: |user| user.primary_email.as_ref(),
    parse: |typed| EmailAddress::parse(typed).map(|address| Address::email(address.as_str().to_owned())),
    put: |user, value| user.primary_email = value,
    changes: |value| UserChanges { primary_email: Some(value), ..UserChanges::default() },
};

/// The phone number.
pub(crate) static PHONE: Identifier = Identifier {
    field: "phone",
    member: "number",
    connector: ConnectorType::Sms,
    code: verification::Kind::Phone,
    purposes: Purposes { add: Purpose::AddPhone, change: Purpose::ChangePhone, remove: Purpose::RemovePhone },
    audit_field: AuditField::Phone,
    notice: NoticeKind::PhoneChanged,
    about_to_change: NoticeKind::PhoneAboutToChange,
    access: |policy| policy.phone,
    stored: |user| user.primary_phone.as_ref(),
    parse: |typed| PhoneNumber::parse(typed).map(|number| Address::phone(number.digits().to_owned())),
    put: |user, value| user.primary_phone = value,
    changes: |value| UserChanges { primary_phone: Some(value), ..UserChanges::default() },
};

impl Identifier {
    /// Refuses to replace the present value by `to`, if the user could not sign in any more afterwards (B17), or would
    /// have no second factor where the tenant requires one (B18). To be called under the user's lock only: what it
    /// reads must still hold when the change is made.
    ///
    /// # Errors
    /// `last_sign_in_method`, `upstream_failed`, `upstream_unavailable`.
    async fn guard(
        &self,
        state: &AppState,
        id: &UserId,
        (user, rules): (&User, &Rules),
        to: Option<String>,
    ) -> Result<(), Failure> {
        let mut after = user.clone();
        (self.put)(&mut after, to);
        state.ensure_method_remains(id, &rules.policy, user, &after).await
    }

    /// Returns the present value of a user.
    fn present(&self, user: &User) -> Option<String> {
        present((self.stored)(user).cloned())
    }

    /// Returns what a transaction is for: to replace that address by this one. A code that was sent for anything else
    /// proves nothing here.
    fn subject(&self, store: &Store, from: Option<&str>, to: &Address) -> [u8; 32] {
        let from = from.unwrap_or_default();
        store.sealer.fingerprint(&format!("{}\0{from}\0{}", self.field, to.text))
    }

    /// Checks whether a new value may be set here at all, whichever user has it.
    ///
    /// # Errors
    /// `invalid_value` when the tenant's rules refuse it, `field_not_editable` when no code can be sent to such an
    /// address, `upstream_failed`, `upstream_unavailable`.
    async fn admit(&self, state: &AppState, address: &Address) -> Result<(), Failure> {
        let (experience, connectors, enterprise) = tokio::join!(
            state.tenant.sign_in_experience(),
            state.tenant.connectors(),
            state.tenant.sso_connectors(),
        );
        let tenant = |error| upstream::failure(&error, upstream::Purpose::Tenant);
        let (experience, connectors) = (experience.map_err(tenant)?, connectors.map_err(tenant)?);
        let enterprise = enterprise.map_err(tenant)?;
        if !connectors.iter().any(|connector| connector.connector_type == self.connector) {
            return Err(Failure::new(
                ServerCode::FieldNotEditable,
                "no codes can be sent, so no new value can be proven",
            )
            .of_field(self.field));
        }
        // The domain and the list apply to the address as it is stored.
        let is_blocked = address.route == CodeRoute::Email
            && EmailAddress::parse(&address.text)
                .is_none_or(|address| email_blocklist::is_blocked(&address, &experience, &enterprise));
        if is_blocked { Err(Failure::invalid_value(self.member)) } else { Ok(()) }
    }
}
