//! How strongly somebody can prove themself, and how strongly they did (B42).

use logto_client::types::{LogtoConfigs, MfaPolicy, MfaVerification, Session, User};

/// What a second factor is called in the records of a sign-in.
const SECOND_FACTORS: [&str; 3] = ["Totp", "WebAuthn", "BackupCode"];
/// Records that say no more than that somebody else's word was taken.
const OTHERS_WORD: [&str; 2] = ["Social", "EnterpriseSso"];

/// Whether Logto asks this user for a second factor at sign-in: it is bound, serves in the tenant, and is not skipped.
pub(crate) fn asks_for_factor(
    user: &User,
    bound: &[MfaVerification],
    configs: &LogtoConfigs,
    policy: &MfaPolicy,
) -> bool {
    let serves = |factor: &str| policy.factors.iter().any(|known| known == factor);
    let has_bound = bound.iter().any(|one| serves(&one.factor));
    let has_address = (user.primary_email.is_some() && serves("EmailVerificationCode"))
        || (user.primary_phone.is_some() && serves("PhoneVerificationCode"));
    let may_skip = policy.policy.as_deref().is_none_or(|policy| !policy.contains("Mandatory"));
    let skips = configs.mfa.enabled == Some(false) || configs.mfa.skip_mfa_on_sign_in;
    (has_bound || has_address) && !(may_skip && skips)
}

/// How strong a sign-in was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// With a second factor.
    SecondFactor,
    /// With a secret of this account: a password, a code, a passkey.
    Own,
    /// On somebody else's word alone, or nobody knows how.
    OthersWord,
}

/// How strong the last sign-in of a session was.
pub(crate) fn strength(session: &Session, policy: &MfaPolicy) -> Strength {
    let records: Vec<&str> = session
        .last_submission
        .iter()
        .flat_map(|submission| &submission.verification_records)
        .filter(|record| record.verified)
        .map(|record| record.record_type.as_str())
        .collect();
    let is_address_factor = |record: &str| {
        matches!(record, "EmailVerificationCode" | "PhoneVerificationCode")
            && policy.factors.iter().any(|known| known == record)
    };
    let second = records.iter().any(|record| SECOND_FACTORS.contains(record));
    let address_beside_another = records.iter().any(|record| is_address_factor(record)) && records.len() > 1;
    if second || address_beside_another {
        Strength::SecondFactor
    } else if records.iter().any(|record| !OTHERS_WORD.contains(record)) {
        Strength::Own
    } else {
        Strength::OthersWord
    }
}
