//! Sessions and grants as a user may see them.

use std::collections::BTreeMap;

use account_api::sessions::{CurrentSession, GrantView, SessionView, SessionsView};
use logto_client::types::{Grant, Session};
use url::Url;

use super::SignedIn;
use crate::device;
use crate::store::Introduced;
use crate::text::foreign::{cleaned, place};

const MS: u64 = 1000;
/// The maximum length of an application's name that is shown whole.
const LONGEST_NAME: usize = 64;
/// The maximum length of a scope that is shown, and the maximum number of scopes of a grant.
const LONGEST_SCOPE: usize = 128;
const MOST_SCOPES: usize = 100;

/// Returns everything that is signed in, the present session first, then the latest sign-in first. `known` are the app
/// instances of the user.
pub(crate) fn view(
    signed_in: &SignedIn,
    current: CurrentSession,
    own_grant: Option<&str>,
    known: &[Introduced],
) -> SessionsView {
    let first_seen = |grant: &str| {
        known
            .iter()
            .find(|instance| instance.grant.as_deref() == Some(grant))
            .map(|instance| instance.first_seen)
    };
    let names = names(&signed_in.grants);
    let mut sessions: Vec<SessionView> =
        signed_in.sessions.iter().map(|session| session_view(session, &names)).collect();
    let is_current = |id: &str| matches!(&current, CurrentSession::Known { id: known } if known == id);
    sessions.sort_by_key(|session| (!is_current(&session.id), std::cmp::Reverse(session.signed_in_at)));
    let mut grants: Vec<GrantView> = signed_in
        .grants
        .iter()
        .map(|grant| GrantView {
            id: grant.id.clone(),
            app: name_of(grant),
            third_party: signed_in.third_party.contains(&grant.id),
            scopes: scopes(grant),
            granted_at: grant.payload.iat * MS,
            expires_at: grant.payload.exp * MS,
            session: signed_in.session_of(&grant.id).map(|session| session.payload.uid.clone()),
            first_seen: first_seen(&grant.id),
            current: own_grant == Some(grant.id.as_str()),
        })
        .collect();
    grants.sort_by_key(|grant| (!grant.current, std::cmp::Reverse(grant.granted_at)));
    SessionsView { current, sessions, grants }
}

fn session_view(session: &Session, names: &BTreeMap<&str, String>) -> SessionView {
    let context = session.last_submission.as_ref().map(|submission| &submission.sign_in_context);
    // From headers of the request that signed in.
    let part = |text: Option<&str>| text.and_then(place);
    let place =
        context.and_then(|context| match (part(context.city.as_deref()), part(context.country.as_deref())) {
            (Some(city), Some(country)) => Some(format!("{city}, {country}")),
            (one, other) => one.or(other),
        });
    let apps = session.payload.authorizations.keys();
    SessionView {
        id: session.payload.uid.clone(),
        device: device::view(context.and_then(|context| context.user_agent.as_deref())),
        ip: context.and_then(|context| context.ip.as_deref()?.trim().parse().ok()).map(device::network),
        place,
        started_at: session.payload.iat * MS,
        signed_in_at: session.payload.login_ts * MS,
        expires_at: session.payload.exp * MS,
        apps: apps.filter_map(|client| names.get(client.as_str()).cloned()).collect(),
    }
}

/// Returns the displayed name of an application: `Photo Prints`, or `prints.example (Photo Prints)` where its id is a
/// URL. Such an application is registered nowhere and may call itself anything (seen in Logto 1.42); its host is what
/// it cannot choose.
fn name_of(grant: &Grant) -> Option<String> {
    let application = grant.application.as_ref();
    let name = application.and_then(|application| cleaned(application.name.as_deref()?, LONGEST_NAME));
    let Some(host) = host_of(&grant.payload.client_id) else { return name };
    Some(match name {
        Some(name) => format!("{host} ({name})"),
        None => host,
    })
}

/// Returns the host of a client id that is a URL, in ASCII (IDNA).
fn host_of(client_id: &str) -> Option<String> {
    let url = Url::parse(client_id).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    url.host_str().map(str::to_owned)
}

/// Returns the names of applications, by client id.
fn names(grants: &[Grant]) -> BTreeMap<&str, String> {
    grants.iter().filter_map(|grant| Some((grant.payload.client_id.as_str(), name_of(grant)?))).collect()
}

/// Returns OpenID Connect scopes, then those of resources; each once.
fn scopes(grant: &Grant) -> Vec<String> {
    let mut seen = Vec::new();
    let openid = grant.payload.openid.iter().map(|granted| granted.scope.as_str());
    let resources = grant.payload.resources.values().map(String::as_str);
    // RFC 6749 §3.3: visible ASCII characters.
    let is_scope = |scope: &&str| {
        (1..=LONGEST_SCOPE).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic())
    };
    for scope in openid.chain(resources).flat_map(|list| list.split(' ')).filter(is_scope) {
        if seen.len() < MOST_SCOPES && !seen.iter().any(|known| known == scope) {
            seen.push(scope.to_owned());
        }
    }
    seen
}
