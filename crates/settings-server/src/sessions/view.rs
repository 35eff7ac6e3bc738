//! Sessions and grants as a person may see them.

use std::collections::BTreeMap;

use account_api::sessions::{CurrentSession, GrantView, SessionView, SessionsView};
use logto_client::types::{Grant, Session};

use super::SignedIn;
use crate::device;
use crate::store::Introduced;

const MS: u64 = 1000;

/// Everything that is signed in, the present session first, then the latest sign-in first.
/// `known` are the app instances of the person.
pub(crate) fn view(
    signed_in: &SignedIn,
    current: CurrentSession,
    own_grant: Option<&str>,
    known: &[Introduced],
) -> SessionsView {
    let first_seen =
        |grant: &str| known.iter().find(|one| one.grant.as_deref() == Some(grant)).map(|one| one.first_seen);
    let names = names(&signed_in.grants);
    let mut sessions: Vec<SessionView> =
        signed_in.sessions.iter().map(|session| session_view(session, &names)).collect();
    let is_current = |id: &str| matches!(&current, CurrentSession::Known { id: known } if known == id);
    sessions.sort_by_key(|one| (!is_current(&one.id), std::cmp::Reverse(one.signed_in_at)));
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
    grants.sort_by_key(|one| (!one.current, std::cmp::Reverse(one.granted_at)));
    SessionsView { current, sessions, grants }
}

fn session_view(session: &Session, names: &BTreeMap<&str, String>) -> SessionView {
    let context = session.last_submission.as_ref().map(|submission| &submission.sign_in_context);
    let place = context.and_then(|context| match (context.city.as_deref(), context.country.as_deref()) {
        (Some(city), Some(country)) => Some(format!("{city}, {country}")),
        (one, other) => one.or(other).map(str::to_owned),
    });
    let apps = session.payload.authorizations.keys();
    SessionView {
        id: session.payload.uid.clone(),
        device: device::view(context.and_then(|context| context.user_agent.as_deref())),
        ip: context.and_then(|context| context.ip.as_deref()?.trim().parse().ok()).map(device::network),
        place: place.filter(|place| !place.is_empty()),
        started_at: session.payload.iat * MS,
        signed_in_at: session.payload.login_ts * MS,
        expires_at: session.payload.exp * MS,
        apps: apps.filter_map(|client| names.get(client.as_str()).cloned()).collect(),
    }
}

fn name_of(grant: &Grant) -> Option<String> {
    let name = grant.application.as_ref()?.name.as_deref()?;
    (!name.trim().is_empty()).then(|| name.to_owned())
}

/// The names of applications, by client id.
fn names(grants: &[Grant]) -> BTreeMap<&str, String> {
    grants.iter().filter_map(|grant| Some((grant.payload.client_id.as_str(), name_of(grant)?))).collect()
}

/// OpenID Connect scopes, then those of resources; each once.
fn scopes(grant: &Grant) -> Vec<String> {
    let mut seen = Vec::new();
    let openid = grant.payload.openid.iter().map(|granted| granted.scope.as_str());
    let resources = grant.payload.resources.values().map(String::as_str);
    for scope in openid.chain(resources).flat_map(|list| list.split(' ')).filter(|scope| !scope.is_empty()) {
        if !seen.iter().any(|known| known == scope) {
            seen.push(scope.to_owned());
        }
    }
    seen
}
