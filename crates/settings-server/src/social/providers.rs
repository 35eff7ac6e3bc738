//! The social providers on the sign-in page, and whether an account of each can be linked here.

use std::sync::Arc;

use account_api::social::{SocialLinking, SocialProviderView};
use logto_client::types::{Connector, ConnectorType, SocialConnector};
use serde_json::{Value, json};

use super::openid;
use crate::config::{Config, OpenIdProvider, Social};
use crate::error::Failure;
use crate::logto::tenant::connector_name;
use crate::logto::upstream::{self, Purpose};
use crate::policy::values::is_https_url;
use crate::state::AppState;

/// The factories whose connectors keep a session of Logto's own between the two requests of a link. The Management API has
/// none, and answers 501 (measured with Logto 1.42).
const NEED_SESSION: [&str; 13] = [
    "amazon-universal",
    "apple-universal",
    "gitlab-universal",
    "huggingface-universal",
    "line-universal",
    "linkedin-universal",
    "oauth2",
    "oidc",
    "patreon-universal",
    "qq-universal",
    "saml",
    "slack-universal",
    "x-universal",
];

/// The factories whose providers call the code by another name.
const AUTH_CODE: [&str; 2] = ["alipay-native", "alipay-web"];

/// The platform of connectors that open an app.
const NATIVE: &str = "Native";

/// The maximum length of a logo, in characters. Logto's own logos are `data:` URLs of a few thousand.
const LONGEST_LOGO: usize = 64 * 1024;
/// The pictures that a `data:` URL may hold. As a picture an SVG runs no script and loads nothing.
const PICTURES: [&str; 5] = ["svg+xml", "png", "jpeg", "gif", "webp"];

/// The social connectors of a tenant.
pub(crate) struct Providers {
    /// Those on the sign-in page, in its order.
    shown: Arc<[SocialConnector]>,
    /// All connectors.
    connectors: Arc<[Connector]>,
    config: Arc<Config>,
}

/// How an account of a provider is linked.
pub(crate) enum LinkKind<'a> {
    /// Logto's connector exchanges the code. The provider answers to this server.
    Relay,
    /// Logto's connector exchanges the code. The provider answers to the app.
    Direct,
    /// This server exchanges the code. The provider answers to this server.
    OpenId(&'a OpenIdProvider),
}

/// What a provider is called, and its logos.
#[derive(Default)]
pub(super) struct Appearance {
    pub(super) name: Option<String>,
    pub(super) logo: Option<String>,
    pub(super) dark_logo: Option<String>,
}

/// Returns where a provider sends the browser. Nothing in it needs escaping: five connectors escape it twice.
pub(crate) fn redirect_uri(config: &Config, connector: &str, is_direct: bool) -> String {
    let Config { public_url, app, .. } = config;
    match is_direct {
        true => format!("{}://social/{connector}", app.scheme),
        false => format!("{public_url}/callback/social/{connector}"),
    }
}

impl Providers {
    /// Creates them from the connectors on the sign-in page, and all connectors.
    pub(crate) fn new(
        shown: Arc<[SocialConnector]>,
        connectors: Arc<[Connector]>,
        config: Arc<Config>,
    ) -> Self {
        Self { shown, connectors, config }
    }

    /// Returns each connector on the sign-in page, and whether it links accounts here.
    pub(crate) fn connectors(&self) -> impl Iterator<Item = (&SocialConnector, SocialLinking)> {
        self.shown.iter().map(|connector| (connector, self.linking_with(connector)))
    }

    /// Reads the tenant's connectors.
    ///
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn read(state: &AppState) -> Result<Self, Failure> {
        let (shown, connectors) = tokio::join!(state.tenant.social_connectors(), state.tenant.connectors());
        let tenant = |error| upstream::failure(&error, Purpose::Tenant);
        Ok(Self::new(shown.map_err(tenant)?, connectors.map_err(tenant)?, Arc::clone(&state.config)))
    }

    /// Returns each provider once, in the order of the sign-in page.
    pub(super) fn views(&self) -> Vec<SocialProviderView> {
        let mut views: Vec<SocialProviderView> = Vec::new();
        for connector in self.shown.iter() {
            if views.iter().any(|view| view.target == connector.target) {
                continue;
            }
            let Appearance { name, logo, dark_logo } = appearance(connector);
            views.push(SocialProviderView {
                target: connector.target.clone(),
                name: name.unwrap_or_else(|| connector.target.clone()),
                logo,
                dark_logo,
                linking: self.linking(&connector.target),
            });
        }
        views
    }

    /// Returns the connector that links accounts of a target here.
    ///
    /// # Errors
    /// `social_not_linkable`.
    pub(crate) fn linkable(&self, target: &str) -> Result<&SocialConnector, Failure> {
        let mut of_target = self.shown.iter().filter(|connector| connector.target == target);
        of_target
            .find(|connector| self.linking_with(connector) == SocialLinking::Here)
            .ok_or(upstream::social_not_linkable())
    }

    /// Returns how an account of a target is linked.
    pub(crate) fn kind(&self, target: &str) -> LinkKind<'_> {
        let Social { direct, .. } = &self.config.social;
        match self.openid(target) {
            Some(provider) => LinkKind::OpenId(provider),
            None if direct.iter().any(|one| one == target) => LinkKind::Direct,
            None => LinkKind::Relay,
        }
    }

    /// Returns what to register at the provider of a connector.
    pub(crate) fn redirect_uri(&self, connector: &SocialConnector) -> String {
        let is_direct = matches!(self.kind(&connector.target), LinkKind::Direct);
        redirect_uri(&self.config, &connector.id, is_direct)
    }

    /// Returns the provider whose code flow this server runs itself for a target, if it is that of Logto's connector.
    fn openid(&self, target: &str) -> Option<&OpenIdProvider> {
        let provider = self.config.social.openid_of(target)?;
        openid::misfit(provider, &self.connectors).is_none().then_some(provider)
    }

    /// Returns what a connector expects of a provider's answer: the code and our redirect URI, and nothing else.
    pub(crate) fn connector_data(&self, connector: &str, code: &str, redirect_uri: &str) -> Value {
        let known = self.connectors.iter().find(|known| known.id == connector);
        if known.is_some_and(|known| AUTH_CODE.contains(&known.connector_id.as_str())) {
            return json!({ "auth_code": code });
        }
        json!({ "code": code, "redirectUri": redirect_uri })
    }

    /// Whether users can sign in with an account of a target.
    pub(crate) fn signs_in(&self, target: &str) -> bool {
        self.shown.iter().any(|connector| connector.target == target)
    }

    /// Returns what a target is called. One that the sign-in page does not show has its connector's name and no logo.
    pub(super) fn appearance(&self, target: &str) -> Appearance {
        if let Some(connector) = self.shown.iter().find(|connector| connector.target == target) {
            return appearance(connector);
        }
        let hidden = self.connectors.iter().find(|connector| {
            connector.connector_type == ConnectorType::Social && connector.target.as_deref() == Some(target)
        });
        let name = hidden.and_then(|connector| connector_name(&connector.name));
        Appearance { name, ..Appearance::default() }
    }

    /// Returns the best that the connectors of a target allow: two can share one, such as a phone's and the web's.
    fn linking(&self, target: &str) -> SocialLinking {
        let mut best = SocialLinking::OnPhone;
        for connector in self.shown.iter().filter(|connector| connector.target == target) {
            match self.linking_with(connector) {
                SocialLinking::Here => return SocialLinking::Here,
                SocialLinking::AtSignIn => best = SocialLinking::AtSignIn,
                SocialLinking::OnPhone => {}
            }
        }
        best
    }

    fn linking_with(&self, connector: &SocialConnector) -> SocialLinking {
        if connector.platform.as_deref() == Some(NATIVE) {
            return SocialLinking::OnPhone;
        }
        let factory = self.connectors.iter().find(|known| known.id == connector.id);
        match factory {
            Some(factory) if !NEED_SESSION.contains(&factory.connector_id.as_str()) => SocialLinking::Here,
            Some(_) if self.openid(&connector.target).is_some() => SocialLinking::Here,
            _ => SocialLinking::AtSignIn,
        }
    }
}

fn appearance(connector: &SocialConnector) -> Appearance {
    let logo = |text: &Option<String>| text.clone().filter(|text| is_logo(text));
    Appearance {
        name: connector_name(&connector.name),
        logo: logo(&connector.logo),
        dark_logo: logo(&connector.logo_dark),
    }
}

/// Whether a text is an https URL, or a `data:` URL of a picture.
fn is_logo(text: &str) -> bool {
    if text.len() > LONGEST_LOGO {
        return false;
    }
    let Some(data) = text.strip_prefix("data:image/") else { return is_https_url(text, LONGEST_LOGO) };
    let Some((kind, content)) = data.split_once(";base64,") else { return false };
    PICTURES.contains(&kind)
        && content.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use account_api::social::SocialLinking;
    use serde_json::{Value, json};

    use super::{Providers, is_logo};
    use crate::config::Config;

    /// The social connectors of Logto 1.42, as they were measured.
    const MEASURED: &str = include_str!("connectors-1.42.json");

    fn config() -> Arc<Config> {
        Arc::new(Config::for_loopback("http://127.0.0.1:1", "machine", "secret", "app"))
    }

    fn providers(connectors: &[Value]) -> Providers {
        let shown = connectors.iter().map(|one| {
            json!({ "id": one["factory"], "target": one["target"], "name": {}, "platform": one["platform"] })
        });
        let all = connectors.iter().map(|one| {
            json!({
                "id": one["factory"], "connectorId": one["factory"], "type": "Social", "target": one["target"]
            })
        });
        let read = |all: Vec<Value>| serde_json::from_value(all.into()).unwrap();
        let connectors: Vec<_> = serde_json::from_value(all.collect::<Vec<_>>().into()).unwrap();
        let shown: Vec<_> = read(shown.collect());
        Providers::new(shown.into(), connectors.into(), config())
    }

    #[test]
    fn b25_each_connector_is_offered_as_it_was_measured() {
        let measured: Vec<Value> = serde_json::from_str(MEASURED).unwrap();
        assert_eq!(measured.len(), 29);
        for connector in &measured {
            let wanted = match (connector["platform"].as_str(), connector["needsSession"].as_bool()) {
                (Some("Native"), _) => SocialLinking::OnPhone,
                (_, Some(true)) => SocialLinking::AtSignIn,
                _ => SocialLinking::Here,
            };
            let target = connector["target"].as_str().unwrap();
            let alone = providers(std::slice::from_ref(connector));
            assert_eq!(alone.linking(target), wanted, "{}", connector["factory"]);
        }
    }

    #[test]
    fn b25_target_of_two_connectors_is_offered_once() {
        let measured: Vec<Value> = serde_json::from_str(MEASURED).unwrap();
        let of = |target: &str| {
            let all: Vec<Value> = measured.iter().filter(|one| one["target"] == target).cloned().collect();
            providers(&all).views()
        };
        for target in ["wechat", "alipay"] {
            let views = of(target);
            assert_eq!(views.len(), 1, "{target}");
            assert_eq!(views[0].linking, SocialLinking::Here, "{target}");
        }
    }

    #[test]
    fn logo_is_an_https_url_or_a_picture_and_nothing_else() {
        for fine in ["https://logto.example/github.svg", "data:image/svg+xml;base64,PHN2Zz4="] {
            assert!(is_logo(fine), "{fine}");
        }
        let others = [
            "",
            "http://logto.example/github.png",
            "data:text/html;base64,PHN2Zz4=",
            "data:image/svg+xml;utf8,<svg>",
            "data:image/svg+xml;base64,\" onerror=\"",
            "javascript:alert(1)",
        ];
        for other in others {
            assert!(!is_logo(other), "{other}");
        }
        assert!(!is_logo(&format!("data:image/png;base64,{}", "A".repeat(70_000))));
    }
}
