//! Whether a configured provider is the one of Logto's connector: `sub` belongs to issuer and client, so that with any
//! other the linked account would sign no user in, or another one.

use logto_client::types::Connector;

use crate::config::{OpenIdProvider, Social};

/// The factories whose connectors take the `sub` of an ID token as the user's id, and the issuer where it is always the
/// same. That of the standard connector is in its configuration. LINE's ID tokens for web clients are signed with the
/// client secret, and LinkedIn's have no nonce: neither is among them.
const ISSUERS: [(&str, Option<&str>); 5] = [
    ("oidc", None),
    ("apple-universal", Some("https://appleid.apple.com")),
    ("gitlab-universal", Some("https://gitlab.com")),
    ("huggingface-universal", Some("https://huggingface.co")),
    ("slack-universal", Some("https://slack.com")),
];

/// Why a provider is not that of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    #[error("Logto has no connector of this target")]
    NoConnector,
    #[error("Logto's connector of this target does not identify users as an OpenID provider does")]
    NoOpenId,
    #[error("the issuer is not that of Logto's connector")]
    Issuer,
    #[error("client_id is not that of Logto's connector")]
    Client,
}

/// Returns why a provider is not that of Logto's connector of its target; `None` where it is.
pub(crate) fn misfit(provider: &OpenIdProvider, connectors: &[Connector]) -> Option<Misfit> {
    let mut of_target =
        connectors.iter().filter(|connector| connector.target.as_deref() == Some(provider.target.as_str()));
    let Some(connector) = of_target.next() else { return Some(Misfit::NoConnector) };
    let Some((_, issuer)) = ISSUERS.iter().find(|(factory, _)| *factory == connector.connector_id) else {
        return Some(Misfit::NoOpenId);
    };
    let config = &connector.config;
    // The standard connector may name several, or none: then it verifies no issuer either.
    let is_issuer = match issuer {
        Some(issuer) => *issuer == provider.issuer,
        None => config.issuers().is_empty() || config.issuers().contains(&provider.issuer),
    };
    if !is_issuer {
        return Some(Misfit::Issuer);
    }
    (config.client_id.as_deref() != Some(provider.client_id.as_str())).then_some(Misfit::Client)
}

/// Returns each configured provider that is not that of Logto's connector, and why.
pub(crate) fn misfits<'a>(
    social: &'a Social,
    connectors: &'a [Connector],
) -> impl Iterator<Item = (&'a OpenIdProvider, Misfit)> {
    social.openid.iter().filter_map(|provider| Some((provider, misfit(provider, connectors)?)))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::{Value, json};

    use super::{Misfit, misfit};
    use crate::config::{OpenIdProvider, ProviderSecret, SecretOrigin};

    fn provider(target: &str, issuer: &str, client: &str) -> OpenIdProvider {
        OpenIdProvider {
            target: target.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client.to_owned(),
            client_secret: ProviderSecret::Shared(SecretOrigin::Value(SecretString::from("x"))),
            scopes: vec!["openid".to_owned()],
            response_mode: None,
            ca_pem: None,
        }
    }

    #[test]
    fn r12_provider_is_that_of_the_connector_or_not_used() {
        let connector = |factory: &str, target: &str, config: Value| json!({ "id": target, "connectorId": factory, "type": "Social", "target": target, "config": config });
        let corp =
            json!({ "clientId": "corp", "idTokenVerificationConfig": { "issuer": "https://corp.test" } });
        let connectors = [
            connector("oidc", "corp-id", corp),
            connector("apple-universal", "apple", json!({ "clientId": "app.example" })),
            connector("oidc", "any", json!({ "clientId": "any" })),
            connector(
                "oidc",
                "two",
                json!({ "clientId": "two", "idTokenVerificationConfig": {
                "issuer": ["https://one.test", "https://two.test"]
            } }),
            ),
            connector("linkedin-universal", "linkedin", json!({ "clientId": "linkedin" })),
            connector("x-universal", "x", json!({ "clientId": "x" })),
            connector("gitlab-universal", "gitlab", json!({ "clientId": 7, "clientSecret": "secret" })),
        ];
        let connectors: Vec<_> = serde_json::from_value(connectors.to_vec().into()).unwrap();
        assert!(!format!("{connectors:?}").contains("secret"));
        for (target, issuer, client, wanted) in [
            ("corp-id", "https://corp.test", "corp", None),
            ("corp-id", "https://corp.test/", "corp", Some(Misfit::Issuer)),
            ("corp-id", "https://corp.test", "other", Some(Misfit::Client)),
            ("apple", "https://appleid.apple.com", "app.example", None),
            ("apple", "https://apple.test", "app.example", Some(Misfit::Issuer)),
            ("gitlab", "https://gitlab.com", "7", Some(Misfit::Client)),
            ("any", "https://any.test", "any", None),
            ("two", "https://two.test", "two", None),
            ("two", "https://three.test", "two", Some(Misfit::Issuer)),
            ("linkedin", "https://www.linkedin.com/oauth", "linkedin", Some(Misfit::NoOpenId)),
            ("x", "https://x.com", "x", Some(Misfit::NoOpenId)),
            ("orkut", "https://orkut.test", "x", Some(Misfit::NoConnector)),
        ] {
            assert_eq!(misfit(&provider(target, issuer, client), &connectors), wanted, "{target} {issuer}");
        }
    }
}
