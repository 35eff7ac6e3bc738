//! An authorization response as it comes back from the browser (RFC 6749 §4.1.2, RFC 9207): input from anyone.

use secrecy::SecretString;
use subtle::ConstantTimeEq as _;

/// The answer to this sign-in.
pub(crate) struct Callback {
    /// The parameter `iss`, if present.
    pub(crate) iss: Option<String>,
    /// The code, or why there is none.
    pub(crate) outcome: Result<SecretString, Refusal>,
}

/// The kinds of queries.
pub(super) enum Query {
    /// Neither `state` nor `code` nor `error`.
    Nothing,
    /// `state` is missing, repeated or another one; nothing else was read. Any page in the browser can send it, so it
    /// ends nothing.
    ForeignState,
    /// The answer to this sign-in.
    Answer(Callback),
}

/// Why there is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `error=access_denied`
    AccessDenied,
    /// Any other error, or neither a code nor an error.
    Other,
}

/// Reads a query.
pub(super) fn read_answer(query: &str, expected_state: &str) -> Query {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let count = |name: &str| pairs.iter().filter(|(key, _)| key == name).count();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if ["state", "code", "error"].into_iter().all(|name| count(name) == 0) {
        return Query::Nothing;
    }
    let doubled = ["state", "code", "error", "iss"].into_iter().any(|name| count(name) > 1);
    let ours =
        value("state").is_some_and(|state| bool::from(state.as_bytes().ct_eq(expected_state.as_bytes())));
    if doubled || !ours {
        return Query::ForeignState;
    }
    let outcome = match (value("code"), value("error")) {
        (Some(code), None) if !code.is_empty() => Ok(SecretString::from(code)),
        (None, Some("access_denied")) => Err(Refusal::AccessDenied),
        _ => Err(Refusal::Other),
    };
    Query::Answer(Callback { iss: value("iss").map(str::to_owned), outcome })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Callback, Query, Refusal, read_answer};

    proptest! {
        #[test]
        fn n3_query_without_state_is_no_answer(query in "\\PC{0,400}") {
            let answer = read_answer(&query, "the-state-of-this-sign-in");
            prop_assert!(matches!(answer, Query::Nothing | Query::ForeignState));
        }
    }

    #[test]
    fn n3_repeated_parameter_is_refused() {
        for query in ["state=s&state=s&code=c", "state=s&code=c&code=d", "state=s&code=c&iss=a&iss=b"] {
            assert!(matches!(read_answer(query, "s"), Query::ForeignState), "{query}");
        }
    }

    #[test]
    fn code_next_to_error_is_ignored() {
        let answer = read_answer("state=s&code=c&error=access_denied", "s");
        assert!(matches!(answer, Query::Answer(Callback { outcome: Err(Refusal::Other), .. })));
    }
}
