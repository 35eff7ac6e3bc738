//! What a test orders of a provider: refusals, errors, delays and hostile answers.

use serde::{Deserialize, Serialize};

/// What a provider does otherwise than usual.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderAnswer {
    /// Sends the user back with `access_denied`, whatever the user did.
    Refuse,
    /// Sends the user back with this `error`.
    Error(String),
    /// Sends the user back this many milliseconds (of real time) later.
    Delay(u64),
    /// Adds parameters that a careless client would pass on: `userId`, `credential`, `redirectUri` and others.
    ExtraParameters,
    /// Adds a second `code`, which was never issued.
    DoubledCode,
    /// Adds a second `state`.
    DoubledState,
    /// Replaces the `state`.
    OtherState,
    /// Leaves the `state` out.
    NoState,
    /// Leaves the `code` out.
    NoCode,
    /// Sends a valid code of 10 KiB.
    LargeCode,
    /// Answers the code's exchange like this.
    Token(TokenAnswer),
}

/// What a token endpoint does otherwise than usual. Those of mock-social, GitHub and Google, which no client of the sandbox
/// reaches, are either unreachable or refuse; the others are of the OpenID provider.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenAnswer {
    /// No answer: the connection is closed.
    Unreachable,
    /// Refuses the code.
    Refuse,
    /// Answers 200 with a text that is no JSON.
    Garbage,
    /// Answers without an ID token.
    NoIdToken,
    /// An ID token of another issuer.
    WrongIssuer,
    /// An ID token for another client.
    WrongAudience,
    /// An ID token with another nonce.
    WrongNonce,
    /// An ID token that has expired.
    Expired,
    /// An ID token whose signature is of another text.
    WrongSignature,
    /// An ID token with `alg: none`.
    Unsigned,
    /// An ID token that was issued to another client (`azp`), though it is for this one.
    WrongParty,
    /// An ID token for this client and another one.
    SurplusAudience,
    /// An ID token without a nonce.
    NoNonce,
    /// An ID token of a user without a name.
    NoSubject,
    /// An ID token that was issued an hour from now.
    Future,
    /// An ID token whose signature is a MAC with the client secret (`alg: HS256`).
    SharedSecret,
    /// A good ID token, signed with ES256 instead of RS256.
    Es256,
}

/// One order.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ProviderOrder {
    /// The target of the provider: `mock-social`, `github`, `google` or `corp-id`.
    pub provider: String,
    /// What happens.
    pub answer: ProviderAnswer,
    /// How often; `None` means until cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The orders, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Orders(Vec<ProviderOrder>);

impl Orders {
    pub(crate) fn push(&mut self, order: ProviderOrder) {
        self.0.push(order);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the oldest order of a provider that is wanted, and counts it.
    pub(super) fn take<T>(
        &mut self,
        provider: &str,
        wanted: impl Fn(&ProviderAnswer) -> Option<T>,
    ) -> Option<T> {
        let of_provider = |order: &ProviderOrder| order.provider == provider;
        let (index, taken) = self.0.iter().enumerate().find_map(|(index, order)| {
            Some((index, wanted(&order.answer).filter(|_| of_provider(order))?))
        })?;
        if let Some(times) = self.0.get_mut(index).and_then(|order| order.times.as_mut()) {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(taken)
    }

    /// Takes what the user is sent back with.
    pub(super) fn take_answer(&mut self, provider: &str) -> Option<ProviderAnswer> {
        self.take(provider, |answer| match answer {
            ProviderAnswer::Delay(_) | ProviderAnswer::Token(_) => None,
            other => Some(other.clone()),
        })
    }

    /// Takes how long the user waits.
    pub(super) fn take_delay(&mut self, provider: &str) -> Option<u64> {
        self.take(provider, |answer| match answer {
            ProviderAnswer::Delay(ms) => Some(*ms),
            _ => None,
        })
    }

    /// Takes what becomes of a code.
    pub(crate) fn take_token(&mut self, provider: &str) -> Option<TokenAnswer> {
        self.take(provider, |answer| match answer {
            ProviderAnswer::Token(token) => Some(*token),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(provider: &str, answer: ProviderAnswer, times: Option<u32>) -> ProviderOrder {
        ProviderOrder { provider: provider.to_owned(), answer, times }
    }

    #[test]
    fn an_order_is_taken_by_its_provider_and_as_often_as_said() {
        let mut orders = Orders::default();
        orders.push(order("github", ProviderAnswer::Token(TokenAnswer::Refuse), None));
        orders.push(order("github", ProviderAnswer::Refuse, Some(2)));
        assert_eq!(orders.take_answer("google"), None);
        assert_eq!(orders.take_answer("github"), Some(ProviderAnswer::Refuse));
        assert_eq!(orders.take_answer("github"), Some(ProviderAnswer::Refuse));
        assert_eq!(orders.take_answer("github"), None);
        assert_eq!(orders.take_delay("github"), None);
        assert_eq!(orders.take_token("github"), Some(TokenAnswer::Refuse));
        assert_eq!(orders.take_token("github"), Some(TokenAnswer::Refuse), "until cleared");
        orders.clear();
        assert_eq!(orders.take_token("github"), None);
    }

    #[test]
    fn orders_are_written_as_the_readme_says() {
        for (text, answer) in [
            (r#""doubled_code""#, ProviderAnswer::DoubledCode),
            (r#"{"error": "server_error"}"#, ProviderAnswer::Error("server_error".to_owned())),
            (r#"{"token": "wrong_nonce"}"#, ProviderAnswer::Token(TokenAnswer::WrongNonce)),
        ] {
            let text = format!(r#"{{"provider": "github", "answer": {text}}}"#);
            let read: ProviderOrder = serde_json::from_str(&text).unwrap();
            assert_eq!(read, order("github", answer, None));
        }
    }
}
