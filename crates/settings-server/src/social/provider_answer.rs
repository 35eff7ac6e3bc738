//! The answer of a provider, as a browser brings it (RFC 6749 §4.1.2): input from anyone. Of its parameters only those that
//! are named here are read; the provider's own text is neither kept nor shown.

use account_api::secret::{SecretText, expose_on_wire};
use logto_client::types::WholeIdentity;
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::store::{Sealer, StoreError};

/// The largest answer that is read, in bytes. Codes over 2 KiB exist.
const LARGEST: usize = 8 * 1024;
/// What providers call the user's own refusal.
const DECLINED: [&str; 4] =
    ["access_denied", "user_cancelled_authorize", "user_cancelled_login", "user_denied"];

/// What a provider said about an authorization.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ProviderAnswer {
    /// The user authorized.
    Code {
        /// The authorization code.
        #[serde(serialize_with = "expose_on_wire")]
        code: SecretText,
    },
    /// The account that a code was exchanged for, by this server itself.
    Account {
        /// The account.
        identity: WholeIdentity,
    },
    /// The user, or the provider, declined.
    Declined,
    /// Anything else.
    Failed,
}

impl ProviderAnswer {
    /// Reads form-encoded parameters. Returns the state and the answer; `None` when they name no single state, or are too
    /// large.
    pub(crate) fn parse(parameters: &str) -> Option<(String, Self)> {
        if parameters.len() > LARGEST {
            return None;
        }
        let mut state = Parameter::Absent;
        let mut code = Parameter::Absent;
        let mut error = Parameter::Absent;
        for (name, value) in url::form_urlencoded::parse(parameters.as_bytes()) {
            match name.as_ref() {
                "state" => state.take(&value),
                "code" | "auth_code" => code.take(&value),
                "error" => error.take(&value),
                _ => {}
            }
        }
        let Parameter::Once(state) = state else { return None };
        let answer = match (code, error) {
            (Parameter::Once(code), Parameter::Absent) => Self::Code { code: SecretText::new(code) },
            (Parameter::Absent, Parameter::Once(error)) if DECLINED.contains(&error.as_str()) => {
                Self::Declined
            }
            _ => Self::Failed,
        };
        Some((state, answer))
    }

    /// Seals the answer for the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn seal(&self, sealer: &Sealer, state: &str) -> Result<Vec<u8>, StoreError> {
        sealer.seal_value(self, &context(state))
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub(crate) fn open(sealer: &Sealer, state: &str, sealed: &[u8]) -> Result<Self, Failure> {
        let answer = sealer.open_value(sealed, &context(state));
        answer.ok_or(StoreError::Corrupt("an answer cannot be opened").into())
    }
}

/// Whether a text can be an authorization code.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=LARGEST).contains(&text.len())
}

fn context(state: &str) -> String {
    format!("provider answer\0{state}")
}

/// A parameter that must not come twice.
enum Parameter {
    Absent,
    Once(String),
    Doubled,
}

impl Parameter {
    fn take(&mut self, value: &str) {
        *self = match self {
            Self::Absent => Self::Once(value.to_owned()),
            Self::Once(_) | Self::Doubled => Self::Doubled,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ProviderAnswer;

    /// Returns what was read: the state, and the code or the name of the answer.
    fn read(parameters: &str) -> Option<(String, String)> {
        let (state, answer) = ProviderAnswer::parse(parameters)?;
        let answer = match answer {
            ProviderAnswer::Code { code } => code.expose().to_owned(),
            ProviderAnswer::Declined => "declined".to_owned(),
            ProviderAnswer::Account { .. } | ProviderAnswer::Failed => "failed".to_owned(),
        };
        Some((state, answer))
    }

    #[test]
    fn b27_answers_are_read_as_the_table_says() {
        let wanted = |state: &str, answer: &str| Some((state.to_owned(), answer.to_owned()));
        for (parameters, read_as) in [
            ("state=s&code=c", wanted("s", "c")),
            ("auth_code=c&state=s&app_id=7", wanted("s", "c")),
            ("state=s&error=access_denied&error_description=No", wanted("s", "declined")),
            ("state=s&error=user_cancelled_authorize", wanted("s", "declined")),
            ("state=s&error=server_error", wanted("s", "failed")),
            ("state=s", wanted("s", "failed")),
            ("state=s&code=c&error=access_denied", wanted("s", "failed")),
            ("state=s&code=c&code=d", wanted("s", "failed")),
            ("state=s&code=c&auth_code=d", wanted("s", "failed")),
            ("state=s&error=access_denied&error=access_denied", wanted("s", "failed")),
            ("state=s&code=c&credential=token&redirectUri=https://other.test", wanted("s", "c")),
            ("code=c", None),
            ("state=s&state=s&code=c", None),
            ("", None),
        ] {
            assert_eq!(read(parameters), read_as, "{parameters}");
        }
        assert_eq!(read(&format!("state=s&code={}", "x".repeat(9 * 1024))), None, "too large");
        let long = "x".repeat(7 * 1024);
        assert_eq!(read(&format!("state=s&code={long}")), wanted("s", &long));
    }

    proptest! {
        #[test]
        fn fuzz_answers_never_panic(parameters in "\\PC{0,200}|(state|code|error|[a-z]{1,5})=[a-z%+&=]{0,40}") {
            let _read = read(&parameters);
        }
    }
}
