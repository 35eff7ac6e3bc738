//! Which social accounts can be linked, and what to register at their providers.

use account_api::social::SocialLinking;
use logto_client::LogtoClient;

use super::Report;
use super::online::failed;
use crate::config::Config;
use crate::social::providers::{Providers, callback_uri};

const ID: &str = "social";

pub(super) async fn check(report: &mut Report, config: &Config, logto: &LogtoClient) {
    let (experience, connectors) = tokio::join!(logto.public_sign_in_experience(), logto.connectors());
    let (experience, connectors) = match (experience, connectors) {
        (Ok(experience), Ok(connectors)) => (experience, connectors),
        (Err(error), _) | (_, Err(error)) => return failed(report, ID, &error),
    };
    let providers = Providers::new(experience.social_connectors.into(), connectors.into());
    for (connector, linking) in providers.connectors() {
        let target = &connector.target;
        match linking {
            SocialLinking::Here => {
                let uri = callback_uri(&config.public_url, &connector.id);
                report.note(ID, format!("{target}: register the redirect URI {uri}"));
            }
            SocialLinking::AtSignIn => {
                report
                    .note(ID, format!("{target}: cannot be linked here (it needs a session of Logto's own)"));
            }
            SocialLinking::OnPhone => {
                report.note(ID, format!("{target}: cannot be linked here (it opens an app on a phone)"));
            }
        }
    }
}
