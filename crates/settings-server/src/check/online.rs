//! The checks that send requests to Logto, and to this server's own public URL.

use std::sync::Arc;

use logto_client::types::{Application, ApplicationType, ConnectorType, Page, Resource};
use logto_client::{Clock, Error, LogtoClient, LogtoCode, read_bounded};
use serde::Deserialize;

use super::{Report, public_url, social};
use crate::config::{Config, ScopeRule};
use crate::http::router::Scope;
use crate::server::{StartError, Upstreams, connect};

/// Lists are read in pages of this many entries …
const PAGE_SIZE: u32 = 50;
/// … and no more pages than this.
const MOST_PAGES: u32 = 20;
/// How many users are checked for the role.
const USER_SAMPLE: usize = 100;

/// Checks whether apps find this server, and everything it needs from Logto. It only reads.
///
/// # Errors
/// [`StartError`] when no HTTP client can be created. Errors of Logto are in the report.
pub async fn online(config: &Config, clock: Arc<dyn Clock>) -> Result<Report, StartError> {
    let Upstreams { logto, http, .. } = connect(config, clock)?;
    let mut report = Report::default();
    public_url::check(&mut report, config).await?;
    if !check_issuer(&mut report, config, &http).await
        || !check_machine_client(&mut report, config, &logto).await
    {
        return Ok(report);
    }
    let resource = check_resource(&mut report, config, &logto).await;
    check_native_app(&mut report, config, &logto).await;
    check_account_center(&mut report, &logto).await;
    check_connectors(&mut report, &logto).await;
    social::check(&mut report, config, &logto).await;
    check_sign_in(&mut report, &logto).await;
    if config.access.scopes == ScopeRule::AudienceOnly {
        report.note("role", "no role is needed: access.scopes is \"audience-only\"");
    } else if let Some(resource) = resource {
        check_users(&mut report, &logto, &resource).await;
    }
    Ok(report)
}

async fn check_issuer(report: &mut Report, config: &Config, http: &reqwest::Client) -> bool {
    #[derive(Deserialize)]
    struct Discovery {
        issuer: String,
        jwks_uri: String,
        token_endpoint: String,
    }
    let issuer = &config.logto.issuer;
    let url = format!("{issuer}/.well-known/openid-configuration");
    let body = match http.get(url).send().await.map_err(Error::from) {
        Ok(mut answer) if answer.status().is_success() => read_bounded(&mut answer).await.ok(),
        Ok(_) => None,
        Err(error) => {
            let fix = "start Logto; if it runs, check logto.endpoint, its certificate and the proxy (HTTPS_PROXY, NO_PROXY)";
            report.error("issuer", format!("{issuer}: {error}"), fix);
            return false;
        }
    };
    let Some(discovery) = body.and_then(|body| serde_json::from_slice::<Discovery>(&body).ok()) else {
        report.error(
            "issuer",
            format!("{issuer} does not answer with its OpenID configuration"),
            "correct logto.endpoint (and logto.issuer)",
        );
        return false;
    };
    if discovery.issuer != *issuer {
        report.error(
            "issuer",
            format!("Logto calls itself {}, not {issuer}", discovery.issuer),
            format!("set logto.issuer = \"{}\", or correct Logto's ENDPOINT", discovery.issuer),
        );
        return false;
    }
    if discovery.jwks_uri != format!("{issuer}/jwks") || discovery.token_endpoint != format!("{issuer}/token")
    {
        report.error(
            "issuer",
            "the issuer's keys or token endpoint are not where Logto has them",
            "set logto.endpoint to Logto itself",
        );
        return false;
    }
    report.ok("issuer", issuer.clone());
    true
}

async fn check_machine_client(report: &mut Report, config: &Config, logto: &LogtoClient) -> bool {
    let id = "machine_app";
    match logto.authorise().await {
        Ok(()) => {
            report.ok(id, "the Management API can be used (scope `all`)");
            return true;
        }
        Err(Error::ScopeMissing) => report.error(
            id,
            "the machine-to-machine application has no scope `all`",
            format!("in Logto, give {} the role \"Logto Management API access\"", config.logto.client_id),
        ),
        Err(Error::Token(answer)) if answer.is(LogtoCode::InvalidTarget) => report.error(
            id,
            format!("Logto has no resource {}", config.logto.management_resource),
            "set logto.management_resource to the Management API's identifier, as Logto shows it under API resources",
        ),
        Err(Error::Token(answer)) if matches!(answer.status, 400 | 401) => report.error(
            id,
            "Logto does not accept logto.client_id with its secret",
            "copy both from the machine-to-machine application in Logto",
        ),
        Err(error) => report.error(id, error.to_string(), "check Logto's log"),
    }
    false
}

async fn check_resource(report: &mut Report, config: &Config, logto: &LogtoClient) -> Option<Resource> {
    let indicator = config.public_url.to_string();
    let mut found = None;
    for number in 1..=MOST_PAGES {
        match logto.resources(Page { number, size: PAGE_SIZE }).await {
            Err(error) => {
                failed(report, "resource", &error);
                return None;
            }
            Ok(page) => {
                let last = page.len() < PAGE_SIZE as usize;
                found = page.into_iter().find(|resource| resource.indicator == indicator);
                if found.is_some() || last {
                    break;
                }
            }
        }
    }
    let Some(resource) = found else {
        report.error(
            "resource",
            format!("Logto has no API resource {indicator}"),
            format!("create one in Logto with exactly this identifier: {indicator}"),
        );
        return None;
    };
    report.ok("resource", indicator);
    let missing: Vec<&str> = Scope::ALL
        .iter()
        .map(|scope| scope.as_str())
        .filter(|name| !resource.scopes.iter().any(|scope| scope.name == *name))
        .collect();
    if config.access.scopes == ScopeRule::AudienceOnly {
        report.note("resource.scopes", "not checked: access.scopes is \"audience-only\"");
    } else if missing.is_empty() {
        report.ok("resource.scopes", "all four permissions exist");
    } else {
        report.error(
            "resource.scopes",
            format!("the API resource lacks {}", missing.join(", ")),
            "add these permissions to the API resource in Logto",
        );
    }
    Some(resource)
}

async fn check_native_app(report: &mut Report, config: &Config, logto: &LogtoClient) {
    let id = &config.app.client_id;
    match logto.application(id).await {
        Ok(application) => describe_native_app(report, config, &application),
        Err(error) if error.status() == Some(404) => report.error(
            "native_app",
            format!("Logto has no application {id}"),
            "create a Native application in Logto and set app.client_id to its id",
        ),
        Err(error) => failed(report, "native_app", &error),
    }
}

fn describe_native_app(report: &mut Report, config: &Config, application: &Application) {
    if application.application_type != ApplicationType::Native || application.is_third_party {
        report.error(
            "native_app",
            format!("application {} is not a first-party Native application", application.id),
            "create an application of type Native in Logto and set app.client_id to its id",
        );
    } else {
        report.ok("native_app", application.id.clone());
    }
    let metadata = &application.oidc_client_metadata;
    let redirect = "http://127.0.0.1/callback".to_owned();
    let signed_out = format!("{}://signed-out", config.app.scheme);
    for (check, name, list, wanted) in [
        ("native_app.redirect_uri", "redirect URI", &metadata.redirect_uris, redirect),
        (
            "native_app.post_logout_uri",
            "post sign-out redirect URI",
            &metadata.post_logout_redirect_uris,
            signed_out,
        ),
    ] {
        if list.contains(&wanted) {
            report.ok(check, wanted);
        } else {
            report.error(
                check,
                format!("{wanted} is not a {name}"),
                format!("add {wanted} to the {name}s of the application in Logto"),
            );
        }
    }
    let by_link = format!("{}://callback", config.app.scheme);
    if metadata.redirect_uris.contains(&by_link) {
        report.ok("native_app.link_redirect_uri", by_link);
    } else {
        report.warning(
            "native_app.link_redirect_uri",
            format!(
                "{by_link} is not a redirect URI: users who let the browser return by a link cannot sign in"
            ),
            format!("add {by_link} to the redirect URIs of the application in Logto"),
        );
    }
    if application.custom_client_metadata.allow_token_exchange == Some(true) {
        report.error(
            "native_app.token_exchange",
            "the application may exchange tokens: a client with a subject token could act as any user",
            "switch token exchange off for the application in Logto",
        );
    } else {
        report.ok("native_app.token_exchange", "off");
    }
}

/// Where Logto's account center lets users edit, an app's refresh token reaches Logto's Account API without this
/// server.
async fn check_account_center(report: &mut Report, logto: &LogtoClient) {
    use logto_client::types::FieldControl;
    let center = match logto.account_center().await {
        Ok(center) => center,
        Err(error) => return failed(report, "account_center", &error),
    };
    if !center.enabled {
        return report.note("account_center", "disabled in Logto: the [fields] table of this server decides");
    }
    let is_off = |control| matches!(control, None | Some(FieldControl::Off | FieldControl::Unknown));
    if is_off(center.fields.custom_data) {
        report.note("account_center", "enabled; custom data is off, so preferences stay on the device");
    } else {
        report.ok("account_center", "enabled: Logto's field permissions decide");
    }
    let fields = &center.fields;
    let sensitive = [
        ("email", fields.email),
        ("phone", fields.phone),
        ("password", fields.password),
        ("username", fields.username),
        ("social", fields.social),
        ("mfa", fields.mfa),
    ];
    let edited = sensitive.iter().filter(|(_, control)| *control == Some(FieldControl::Edit));
    let edited: Vec<&str> = edited.map(|(name, _)| *name).collect();
    if edited.is_empty() {
        report.ok(
            "account_center.second_door",
            "no field that proves who a user is can be edited past this server",
        );
    } else {
        report.warning(
            "account_center.second_door",
            format!(
                "Logto's Account API lets users edit {} past this server, with an app's refresh token and without \
                 this server's proofs, limits, audit log and notices",
                edited.join(", ")
            ),
            "disable the account center in Logto and say in [fields] what users may edit",
        );
    }
}

async fn check_connectors(report: &mut Report, logto: &LogtoClient) {
    match logto.connectors().await {
        Ok(connectors) => {
            let count = |kind| connectors.iter().filter(|connector| connector.connector_type == kind).count();
            report.note(
                "connectors",
                format!(
                    "{} e-mail, {} SMS, {} social",
                    count(ConnectorType::Email),
                    count(ConnectorType::Sms),
                    count(ConnectorType::Social)
                ),
            );
        }
        Err(error) => failed(report, "connectors", &error),
    }
}

/// Rules that Logto's own sign-in applies and this server cannot check.
async fn check_sign_in(report: &mut Report, logto: &LogtoClient) {
    let experience = match logto.sign_in_experience().await {
        Ok(experience) => experience,
        Err(error) => return failed(report, "sign_in", &error),
    };
    if experience.email_blocklist_policy.block_disposable_addresses {
        report.warning(
            "email_blocklist",
            "Logto refuses throw-away e-mail addresses, which only Logto itself can recognise: here they are accepted",
            "add the domains to the custom blocklist in Logto, or set fields.email = \"read-only\"",
        );
    } else {
        report.ok("email_blocklist", "what Logto refuses is refused here, too");
    }
    if experience.sign_in.methods.iter().any(|method| method.verification_code) {
        report.warning(
            "sign_in.codes",
            "codes sign in at Logto: anyone who reads a user's messages can sign in, and which address Logto takes for \
             the user's is Logto's own decision. A code proves here only if it went to exactly the present address",
            "prefer passwords with a second factor, or passkeys, and switch sign-in by codes off in Logto",
        );
    } else {
        report.ok("sign_in.codes", "no code signs in at Logto");
    }
}

/// A default role reaches only users who are created later: the others can sign in, but have no permissions.
async fn check_users(report: &mut Report, logto: &LogtoClient, resource: &Resource) {
    let roles = match roles_that_read(logto, resource).await {
        Ok(roles) => roles,
        Err(error) => return failed(report, "role", &error),
    };
    if roles.is_empty() {
        return report.error(
            "role",
            "no role grants account:read on this resource",
            "create a user role in Logto with the four permissions, and make it a default role",
        );
    }
    report.ok("role", format!("{} role(s) grant account:read", roles.len()));
    match users_without(logto, &roles).await {
        Ok((0, looked_at)) => report.ok("users", format!("all {looked_at} checked users have such a role")),
        Ok((without, looked_at)) => report.warning(
            "users",
            format!("{without} of {looked_at} checked users have no such role and no permissions"),
            "assign the role to them in Logto: a default role reaches only users created later",
        ),
        Err(error) => failed(report, "users", &error),
    }
}

async fn roles_that_read(logto: &LogtoClient, resource: &Resource) -> Result<Vec<String>, Error> {
    let read = resource
        .scopes
        .iter()
        .find(|scope| scope.name == Scope::Read.as_str())
        .map(|scope| scope.id.as_str());
    let mut found = Vec::new();
    for number in 1..=MOST_PAGES {
        let page = logto.roles(Page { number, size: PAGE_SIZE }).await?;
        let last = page.len() < PAGE_SIZE as usize;
        for role in page {
            let scopes = logto.role_scopes(&role.id).await?;
            if scopes.iter().any(|scope| Some(scope.id.as_str()) == read) {
                found.push(role.id);
            }
        }
        if last {
            break;
        }
    }
    Ok(found)
}

async fn users_without(logto: &LogtoClient, roles: &[String]) -> Result<(usize, usize), Error> {
    let (mut without, mut looked_at) = (0, 0);
    for number in 1..=MOST_PAGES {
        let page = logto.users(Page { number, size: PAGE_SIZE }).await?;
        let last = page.len() < PAGE_SIZE as usize;
        for user in page {
            let has_role = match logto.user_roles(&user.id).await {
                Ok(has) => has.iter().any(|role| roles.contains(&role.id)),
                // Deleted in between, so nothing to report.
                Err(error) if error.status() == Some(404) => continue,
                Err(error) => return Err(error),
            };
            looked_at += 1;
            without += usize::from(!has_role);
        }
        if last || looked_at >= USER_SAMPLE {
            break;
        }
    }
    Ok((without, looked_at))
}

pub(super) fn failed(report: &mut Report, id: &'static str, error: &Error) {
    report.error(id, error.to_string(), "search Logto's log for the request id, and check again");
}
