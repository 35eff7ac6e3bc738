//! What every edit has in common: expected values (decision 6), permissions, and the answer to a conflict.
//!
//! A field is written only if its present value is the one the user saw. If it already is the new value, nothing is
//! left to do; if it is neither, nothing is written at all.

use std::borrow::Cow;

use account_api::account::Change;
use account_api::error::{Detail, ServerCode};
use logto_client::types::User;
use serde::Serialize;

use crate::account::rules::Rules;
use crate::account::view;
use crate::audit_log::AuditField;
use crate::changes::Intent;
use crate::error::Failure;
use crate::policy::Access;

/// Collects what an edit would write, field by field, before anything is written.
#[derive(Default)]
pub(crate) struct Review {
    conflicts: Vec<Cow<'static, str>>,
    named: Vec<Cow<'static, str>>,
    intent: Intent,
}

impl Review {
    /// Reviews one field of a request. Returns the new value if it has to be written.
    ///
    /// # Errors
    /// `field_not_editable` if the policy says so. Whether the field is off or read-only is not disclosed: the account
    /// already says it.
    pub(crate) fn field<T: Clone + PartialEq + Serialize>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        audit_field: AuditField,
        change: Option<&Change<T>>,
        access: Access,
        present: impl FnOnce() -> Option<T>,
    ) -> Result<Option<Option<T>>, Failure> {
        let Some(change) = change else { return Ok(None) };
        let field = field.into();
        access.demand_edit(field.clone())?;
        self.named.push(field.clone());
        if change.from == change.to {
            return Ok(None);
        }
        let present = present();
        if present == change.to {
            return Ok(None);
        }
        if present != change.from {
            self.conflicts.push(field);
            return Ok(None);
        }
        let intent = std::mem::take(&mut self.intent);
        self.intent = intent.expecting(audit_field, &change.from, &change.to);
        Ok(Some(change.to.clone()))
    }

    /// Ends the review. Returns what is to be written, if there is anything.
    ///
    /// # Errors
    /// `conflict` with the account as it is now, if one of the edited fields changed meanwhile.
    pub(crate) fn finish(self, user: &User, rules: &Rules) -> Result<Option<Intent>, Failure> {
        if self.conflicts.is_empty() {
            return Ok(Some(self.intent).filter(|intent| !intent.is_empty()));
        }
        Err(conflict(&self.conflicts, user, rules))
    }

    /// Returns the field of the request, when it has exactly one: whatever Logto refuses must be that one.
    pub(crate) fn only_field(&self) -> Option<&'static str> {
        match self.named.as_slice() {
            [Cow::Borrowed(field)] => Some(field),
            _ => None,
        }
    }
}

/// Returns `conflict` with the account as it is now.
pub(crate) fn conflict(fields: &[Cow<'static, str>], user: &User, rules: &Rules) -> Failure {
    let mut failure = Failure::new(ServerCode::Conflict, "an edited field has changed meanwhile");
    failure.field = fields.first().cloned().map(Box::from);
    failure.detail = Some(Detail::Conflict {
        fields: fields.iter().map(|field| field.to_string()).collect(),
        present: Box::new(view::account(user.clone(), rules)),
    });
    failure
}

/// Refuses a new value that cannot be stored. Clearing is always allowed, and a value that stays is not checked:
/// another program may have written it.
///
/// # Errors
/// `invalid_value` with the field.
pub(crate) fn check(
    field: &'static str,
    change: Option<&Change<String>>,
    is_right: fn(&str) -> bool,
) -> Result<(), Failure> {
    let Some(Change { from, to }) = change else { return Ok(()) };
    match to {
        Some(text) if from != to && !is_right(text) => Err(Failure::invalid_value(field)),
        _ => Ok(()),
    }
}
