//! A user's second factors: a TOTP secret (RFC 6238) and what Logto remembers of the user's choices.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::clock::iso_date;
use crate::random;

/// Seconds of one time step.
const STEP_S: u64 = 30;

/// The second factors of one user.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    totp: Option<Totp>,
    /// `GET …/logto-configs`.
    pub(crate) configs: Value,
}

#[derive(Clone)]
struct Totp {
    id: String,
    created_at: String,
    secret: Vec<u8>,
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Totp(…)")
    }
}

impl Factors {
    /// None, and no choices.
    pub(crate) fn none() -> Self {
        let configs =
            json!({"mfa": {"skipped": false, "skipMfaOnSignIn": false}, "passkeySignIn": {"skipped": false}});
        Self { totp: None, configs }
    }

    /// Binds an authenticator with a secret in base32 (RFC 4648 §6).
    pub(crate) fn bind_totp(&mut self, secret: &str, now_ms: u64) {
        self.totp = Some(Totp { id: random::id(21), created_at: iso_date(now_ms), secret: base32(secret) });
    }

    /// As `GET …/mfa-verifications` answers it.
    pub(crate) fn view(&self) -> Value {
        self.totp
            .iter()
            .map(|totp| json!({"id": totp.id, "createdAt": totp.created_at, "type": "Totp"}))
            .collect()
    }

    /// Whether there is an authenticator that is asked for when the tenant has that factor.
    pub(crate) fn asks_for_totp(&self) -> bool {
        let mfa = self.configs.get("mfa");
        let flag = |name: &str| mfa.and_then(|mfa| mfa.get(name)).and_then(Value::as_bool);
        self.totp.is_some() && flag("enabled") != Some(false) && flag("skipMfaOnSignIn") != Some(true)
    }

    /// Whether a code is right now, one step of tolerance either way.
    pub(crate) fn accepts(&self, code: &str, now_s: u64) -> bool {
        let Some(totp) = &self.totp else { return false };
        let step = now_s / STEP_S;
        [step.saturating_sub(1), step, step + 1].iter().any(|step| totp_code(&totp.secret, *step) == code)
    }

    /// Returns the code of this moment; empty without an authenticator.
    pub(crate) fn code(&self, now_s: u64) -> String {
        self.totp.as_ref().map(|totp| totp_code(&totp.secret, now_s / STEP_S)).unwrap_or_default()
    }
}

/// RFC 4226 §5.3 with the time step as counter.
fn totp_code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 15);
    let mut bytes = [0; 4];
    if let Some(found) = hash.get(offset..offset + 4) {
        bytes.copy_from_slice(found);
    }
    format!("{:06}", (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
}

fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => continue,
        };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1: the secret is the text 12345678901234567890; the last six digits of each value.
        let secret = base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(secret, b"12345678901234567890");
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp_code(&secret, second / STEP_S), code);
        }
    }
}
