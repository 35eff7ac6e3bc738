//! Which social accounts can be linked, and what to register at their providers.

use std::sync::Arc;

use account_api::social::SocialLinking;
use logto_client::LogtoClient;

use super::Report;
use super::online::failed;
use crate::config::Config;
use crate::social::openid::misfits;
use crate::social::providers::Providers;

const ID: &str = "social";

pub(super) async fn check(report: &mut Report, config: &Config, logto: &LogtoClient) {
    let (experience, connectors) = tokio::join!(logto.public_sign_in_experience(), logto.connectors());
    let (experience, connectors) = match (experience, connectors) {
        (Ok(experience), Ok(connectors)) => (experience, connectors),
        (Err(error), _) | (_, Err(error)) => return failed(report, ID, &error),
    };
    for (provider, misfit) in misfits(&config.social, &connectors) {
        let fix = "copy issuer and client id from the connector in Logto: with others, an account that is linked would sign \
                   in no user, or another one";
        report.error("social.openid", format!("social_openid: {}: {misfit}", provider.target), fix);
    }
    for target in &config.social.direct {
        if !experience.social_connectors.iter().any(|connector| connector.target == *target) {
            let fix = "correct social.direct, or show the connector on the sign-in page";
            report.warning(
                "social.direct",
                format!("social.direct: {target} is no target on the sign-in page"),
                fix,
            );
        }
    }
    let providers =
        Providers::new(experience.social_connectors.into(), connectors.into(), Arc::new(config.clone()));
    for (connector, linking) in providers.connectors() {
        let target = &connector.target;
        match linking {
            SocialLinking::Here => {
                let uri = providers.redirect_uri(connector);
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
