//! How strongly somebody can prove themself, and how strongly they did (B42).

use logto_client::types::{LogtoConfigs, MfaPolicy, MfaVerification, Session, User};

/// What a second factor is called in the records of a sign-in; a code that comes first is called otherwise. A passkey that
/// signs in alone is as strong as two.
const SECOND_FACTORS: [&str; 6] = [
    "Totp",
    "WebAuthn",
    "SignInWebAuthn",
    "BackupCode",
    "MfaEmailVerificationCode",
    "MfaPhoneVerificationCode",
];
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
pub(crate) fn strength(session: &Session) -> Strength {
    let records: Vec<&str> = session
        .last_submission
        .iter()
        .flat_map(|submission| &submission.verification_records)
        .filter(|record| record.verified)
        .map(|record| record.record_type.as_str())
        .collect();
    let second = records.iter().any(|record| SECOND_FACTORS.contains(record));
    if second {
        Strength::SecondFactor
    } else if records.iter().any(|record| !OTHERS_WORD.contains(record)) {
        Strength::Own
    } else {
        Strength::OthersWord
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Strength, strength};

    #[test]
    fn b42_a_sign_in_is_as_strong_as_what_it_was_made_with() {
        for (records, wanted) in [
            (vec![], Strength::OthersWord),
            (vec!["Social"], Strength::OthersWord),
            (vec!["EnterpriseSso"], Strength::OthersWord),
            (vec!["Password"], Strength::Own),
            (vec!["EmailVerificationCode"], Strength::Own),
            (vec!["Social", "EmailVerificationCode"], Strength::Own),
            (vec!["Password", "Totp"], Strength::SecondFactor),
            (vec!["Password", "BackupCode"], Strength::SecondFactor),
            (vec!["Password", "MfaEmailVerificationCode"], Strength::SecondFactor),
            (vec!["SignInWebAuthn"], Strength::SecondFactor),
        ] {
            let records: Vec<_> =
                records.iter().map(|kind| json!({ "type": kind, "verified": true })).collect();
            let session = json!({
                "payload": { "uid": "u", "iat": 0, "exp": 0, "loginTs": 0 },
                "lastSubmission": { "verificationRecords": records },
            });
            assert_eq!(strength(&serde_json::from_value(session).unwrap()), wanted, "{records:?}");
        }
    }
}
