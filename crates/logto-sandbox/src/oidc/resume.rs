//! Decides what an authorization request still needs, and continues it: `GET /oidc/auth/{uid}`.

use url::form_urlencoded::Serializer;

use super::authorize::{callback, refuse_at_callback};
use super::cookies::{self, INTERACTION, RESUME, SESSION};
use super::end_session::logout_form;
use super::error::OidcError;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::client::ClientKind;
use crate::state::grant::{Authorized, CODE_TTL_S, Code};
use crate::state::session::{
    AfterLogout, AuthorizeParams, INTERACTION_TTL_S, Interaction, InteractionResult, PendingLogout, Prompt,
    SESSION_TTL_S, Session,
};

/// Returns the key of the request's living session.
pub(crate) fn session_of(state: &State, request: &Request) -> Option<String> {
    let key = cookies::read(state, request, SESSION)?;
    state.sessions.get(&key).filter(|session| session.expires_ms > state.now_ms()).map(|_| key)
}

fn account_of<'a>(state: &'a State, session: Option<&str>) -> Option<&'a Session> {
    state.sessions.get(session?).filter(|session| session.account_id.is_some())
}

/// Whether the sign-in page must be shown.
pub(crate) fn needs_sign_in(
    state: &State,
    params: &AuthorizeParams,
    session: Option<&str>,
    signed_in: bool,
) -> bool {
    let Some(session) = account_of(state, session) else { return true };
    if signed_in {
        return false;
    }
    let wants_login = params.prompt.iter().any(|value| value == "login");
    let too_old = params
        .max_age
        .is_some_and(|seconds| seconds == 0 || state.now_s().saturating_sub(session.login_ts) > seconds);
    wants_login || too_old
}

/// Whether `/consent` must be visited: always for Native applications.
pub(crate) fn needs_consent(state: &State, params: &AuthorizeParams, session: Option<&str>) -> bool {
    let is_native =
        state.clients.get(&params.client_id).is_some_and(|client| client.kind == ClientKind::Native);
    let granted = account_of(state, session)
        .and_then(|session| session.authorizations.get(&params.client_id))
        .is_some_and(|authorization| state.grants.contains_key(&authorization.grant_id));
    is_native || !granted || params.prompt.iter().any(|value| value == "consent")
}

/// Continues: to the sign-in page, to `/consent`, or back to the application with a code.
pub(crate) fn advance(
    state: &mut State,
    params: AuthorizeParams,
    session: Option<&str>,
    signed_in: bool,
    consented: bool,
) -> Reply {
    if needs_sign_in(state, &params, session, signed_in) {
        let location = sign_in_location(&params);
        return begin(state, params, Prompt::Login, signed_in, &location);
    }
    if !consented && needs_consent(state, &params, session) {
        let location = format!("/consent?{}", query(&[("app_id", &params.client_id)]));
        return begin(state, params, Prompt::Consent, signed_in, &location);
    }
    finish(state, &params, session)
}

fn query(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn sign_in_location(params: &AuthorizeParams) -> String {
    let mut fields = vec![("app_id", params.client_id.as_str())];
    let direct = params.direct_sign_in.as_deref().and_then(|value| value.split_once(':'));
    if let Some((method, target)) = direct {
        fields.push(("fallback", "sign-in"));
        return format!("/direct/{method}/{target}?{}", query(&fields));
    }
    if let Some(hint) = &params.login_hint {
        fields.push(("login_hint", hint));
    }
    if let Some(locales) = &params.ui_locales {
        fields.push(("ui_locales", locales));
    }
    let screen = if params.first_screen.as_deref() == Some("register") { "register" } else { "sign-in" };
    format!("/{screen}?{}", query(&fields))
}

fn begin(state: &mut State, params: AuthorizeParams, prompt: Prompt, signed_in: bool, to: &str) -> Reply {
    let uid = random::opaque();
    let interaction = Interaction {
        uid: uid.clone(),
        prompt,
        params,
        expires_s: state.now_s() + INTERACTION_TTL_S,
        signed_in,
        started: false,
        verifications: Vec::new(),
        identified: None,
        second_factor: None,
        result: None,
    };
    state.interactions.insert(uid.clone(), interaction);
    let reply = Reply::redirect(303, to).with("cache-control", "no-store");
    let reply = cookies::set(state, reply, INTERACTION, &uid, "/", INTERACTION_TTL_S);
    cookies::set(state, reply, RESUME, &uid, &format!("/oidc/auth/{uid}"), INTERACTION_TTL_S)
}

/// Issues the code for a session whose grant exists.
fn finish(state: &mut State, params: &AuthorizeParams, session: Option<&str>) -> Reply {
    let Some((authorization, login_ts)) = account_of(state, session)
        .and_then(|session| Some((session.authorizations.get(&params.client_id)?.clone(), session.login_ts)))
    else {
        return refuse_at_callback(state, params, "access_denied", "End-User aborted interaction");
    };
    let with_auth_time = params.max_age.is_some() || params.prompt.iter().any(|value| value == "login");
    let wants_sid = state.clients.get(&params.client_id).is_some_and(|client| client.backchannel_session);
    let code = state.issue_opaque();
    let record = Code {
        grant_id: authorization.grant_id,
        client_id: params.client_id.clone(),
        redirect_uri: params.redirect_uri.clone(),
        code_challenge: params.code_challenge.clone(),
        expires_ms: state.now_ms() + CODE_TTL_S * 1000,
        used: false,
        with_consent: params.prompt.iter().any(|value| value == "consent"),
        authorized: Authorized {
            scope: params.scope.clone(),
            resources: params.resources.clone(),
            nonce: params.nonce.clone(),
            auth_time: with_auth_time.then_some(login_ts),
            sid: wants_sid.then_some(authorization.sid),
        },
    };
    state.codes.insert(code.clone(), record);
    let mut fields = vec![("code", code)];
    if let Some(value) = &params.state {
        fields.push(("state", value.clone()));
    }
    callback(state, &params.redirect_uri, params.response_mode.as_deref(), fields)
}

/// `GET /oidc/auth/{uid}`: continues after the sign-in page or `/consent`.
pub(crate) fn resume(state: &mut State, request: &Request, path: &Params) -> Reply {
    let uid = path.get("uid");
    let allowed = cookies::read(state, request, RESUME).as_deref() == Some(uid);
    let now_s = state.now_s();
    let interaction =
        state.interactions.get(uid).filter(|interaction| allowed && interaction.expires_s > now_s).cloned();
    let Some(interaction) = interaction else {
        return OidcError::bad("session_not_found", "session not found").reply();
    };
    let session = session_of(state, request);
    let resume_path = format!("/oidc/auth/{uid}");
    let reply = match interaction.result {
        None => advance(state, interaction.params, session.as_deref(), interaction.signed_in, false),
        Some(InteractionResult::Denied) => {
            state.interactions.remove(uid);
            let text = "End-User aborted interaction";
            refuse_at_callback(state, &interaction.params, "access_denied", text)
        }
        Some(InteractionResult::Consented) => {
            state.interactions.remove(uid);
            advance(state, interaction.params, session.as_deref(), interaction.signed_in, true)
        }
        Some(InteractionResult::SignedIn { account_id, submission }) => {
            if is_another_user(state, session.as_deref(), &account_id) {
                return ask_to_end_session(state, session.as_deref(), uid);
            }
            state.interactions.remove(uid);
            let key =
                sign_in(state, session.as_deref(), &interaction.params.client_id, &account_id, submission);
            let reply = advance(state, interaction.params, Some(&key), true, false);
            return cookies::set(
                state,
                cookies::clear(reply, RESUME, &resume_path),
                SESSION,
                &key,
                "/",
                SESSION_TTL_S,
            );
        }
    };
    cookies::clear(reply, RESUME, &resume_path)
}

fn is_another_user(state: &State, session: Option<&str>, account_id: &str) -> bool {
    account_of(state, session).is_some_and(|session| session.account_id.as_deref() != Some(account_id))
}

/// Another user signed in: the old session ends first, through the form that Logto shows for it.
fn ask_to_end_session(state: &mut State, session: Option<&str>, uid: &str) -> Reply {
    let xsrf = random::opaque();
    let action = format!("{}/session/end/confirm", state.issuer());
    if let Some(session) = session.and_then(|key| state.sessions.get_mut(key)) {
        session.pending_logout =
            Some(PendingLogout { xsrf: xsrf.clone(), after: AfterLogout::Resume(uid.to_owned()) });
    }
    logout_form(&action, &xsrf)
}

/// Writes the sign-in into the session, which gets a new cookie value and keeps its id and authorizations.
fn sign_in(
    state: &mut State,
    old_key: Option<&str>,
    client_id: &str,
    account_id: &str,
    submission: serde_json::Value,
) -> String {
    let (now_s, now_ms) = (state.now_s(), state.now_ms());
    let key = state.issue_opaque();
    let mut session = old_key.and_then(|old| state.sessions.remove(old)).unwrap_or_else(|| Session {
        uid: random::opaque(),
        jti: key.clone(),
        account_id: None,
        login_ts: now_s,
        created_s: now_s,
        expires_ms: 0,
        client_id: client_id.to_owned(),
        authorizations: std::collections::BTreeMap::new(),
        last_submission: serde_json::Value::Null,
        pending_logout: None,
    });
    session.jti.clone_from(&key);
    session.account_id = Some(account_id.to_owned());
    session.login_ts = now_s;
    session.expires_ms = now_ms + SESSION_TTL_S * 1000;
    client_id.clone_into(&mut session.client_id);
    session.last_submission = submission;
    state.sessions.insert(key.clone(), session);
    key
}
