//! The address that each purpose of a step-up concerns, and how long and how often a grant for it can be used.

use account_api::step_up::{CodeRoute, Purpose};

/// Returns how long a grant lasts, in milliseconds.
pub(crate) const fn lifetime_ms(purpose: Purpose) -> u64 {
    if purpose.is_single_use() { 2 * 60_000 } else { 10 * 60_000 }
}

/// Returns the address that a purpose adds, changes or removes: a code to it proves nothing for its own change (B10).
pub(crate) const fn concerns(purpose: Purpose) -> Option<CodeRoute> {
    match purpose {
        Purpose::AddEmail | Purpose::ChangeEmail | Purpose::RemoveEmail => Some(CodeRoute::Email),
        Purpose::AddPhone | Purpose::ChangePhone | Purpose::RemovePhone => Some(CodeRoute::Phone),
        Purpose::Username
        | Purpose::Password
        | Purpose::EndSession
        | Purpose::EndOtherSessions
        | Purpose::CreateAccessToken
        | Purpose::LinkSocial
        | Purpose::SwitchSocial
        | Purpose::UnlinkSocial
        | Purpose::RestoreSocial
        | Purpose::ForgetSocial
        | Purpose::RevokeAccessToken => None,
    }
}

/// Returns how many operations a grant can be used for. The same operation may come again.
pub(crate) const fn most_uses(purpose: Purpose) -> u32 {
    if purpose.is_single_use() { 1 } else { 3 }
}
