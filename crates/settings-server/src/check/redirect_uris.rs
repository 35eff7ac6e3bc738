//! `redirect-uris`: what to register at each provider, so that its accounts can be linked.

use std::fmt::Write as _;
use std::sync::Arc;

use account_api::social::SocialLinking;
use logto_client::{Clock, Error};

use crate::config::Config;
use crate::server::{StartError, Upstreams, connect};
use crate::social::openid::misfit;
use crate::social::providers::Providers;

/// Why the redirect URIs cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum RedirectUrisError {
    /// No HTTP client can be created.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Logto does not answer as expected.
    #[error("Logto: {0}")]
    Logto(#[from] Error),
}

/// What providers allow as redirect URIs, as their documentation says, by the connector's factory.
const ALLOWED: [(&str, &str); 8] = [
    ("apple-universal", "https on a domain that is registered with Apple, no address and no port"),
    (
        "azuread-universal",
        "several; the private scheme under the platform \"Mobile and desktop applications\"",
    ),
    ("discord-universal", "several, the private scheme included"),
    ("facebook-universal", "several, https alone"),
    (
        "github-universal",
        "an OAuth App has a single callback URL and accepts paths below it, so that Logto and this server must share a host; a \
         GitHub App takes ten",
    ),
    ("google-universal", "several, https alone (a web client takes no private scheme)"),
    ("linkedin-universal", "several, https alone"),
    ("slack-universal", "several, https alone"),
];

/// Returns for each connector on the sign-in page what to register at its provider, or why it cannot be linked.
///
/// # Errors
/// [`RedirectUrisError`].
pub async fn redirect_uris(config: &Config, clock: Arc<dyn Clock>) -> Result<String, RedirectUrisError> {
    let Upstreams { logto, .. } = connect(config, clock)?;
    let (experience, connectors) = tokio::try_join!(logto.public_sign_in_experience(), logto.connectors())?;
    let shown = experience.social_connectors.into();
    let providers = Providers::new(shown, connectors.clone().into(), Arc::new(config.clone()));
    let mut text = String::new();
    for (connector, linking) in providers.connectors() {
        let factory = connectors.iter().find(|known| known.id == connector.id);
        let factory = factory.map_or("", |known| known.connector_id.as_str());
        let _ = writeln!(text, "{} ({factory}, {})", connector.target, connector.id);
        let configured = config.social.openid_of(&connector.target);
        let misfit = configured.and_then(|provider| misfit(provider, &connectors));
        let _ = match (linking, misfit) {
            (SocialLinking::AtSignIn, Some(misfit)) => {
                writeln!(text, "  cannot be linked here: social_openid: {misfit}")
            }
            (SocialLinking::AtSignIn, None) => {
                writeln!(text, "  cannot be linked here: it needs a session of Logto's own")
            }
            (SocialLinking::OnPhone, _) => {
                writeln!(text, "  cannot be linked here: it opens an app on a phone")
            }
            (SocialLinking::Here, _) => {
                writeln!(text, "  {}", providers.redirect_uri(connector))
            }
        };
        if linking == SocialLinking::Here
            && let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == factory)
        {
            let _ = writeln!(text, "  allowed: {allowed}");
        }
    }
    Ok(text)
}
