//! `GET|POST /oidc/auth`: checks the request in the order Logto's provider does, then asks for what is missing.

use http::Method;
use url::form_urlencoded::Serializer;

use super::error::OidcError;
use super::{OPENID_SCOPES, resume, words};
use crate::http::{Reply, Request, escape_html, find};
use crate::router::Params;
use crate::state::State;
use crate::state::client::{Client, ClientKind};
use crate::state::session::AuthorizeParams;

/// Starts an authorization request.
pub(crate) fn authorize(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let fields = if request.method == Method::POST { request.form() } else { request.query.clone() };
    match check(state, &fields) {
        Ok(params) => start(state, request, params),
        Err(Refusal::Page(error)) => {
            let error = match find(&fields, "state") {
                Some(value) => error.with("state", value),
                None => error,
            };
            error.with("iss", state.issuer()).reply()
        }
        Err(Refusal::Callback { error, text, redirect_uri, mode }) => {
            let mut answer = vec![("error", error.to_owned()), ("error_description", text.to_owned())];
            if let Some(value) = find(&fields, "state") {
                answer.push(("state", value.to_owned()));
            }
            callback(state, &redirect_uri, mode.as_deref(), answer)
        }
    }
}

/// How a request is refused: with a page when the redirect URI cannot be trusted, else at the redirect URI.
enum Refusal {
    Page(OidcError),
    Callback { error: &'static str, text: &'static str, redirect_uri: String, mode: Option<String> },
}

fn check(state: &State, fields: &[(String, String)]) -> Result<AuthorizeParams, Refusal> {
    let get = |name: &str| find(fields, name).filter(|value| !value.is_empty());
    let page = |error: &'static str, text: &str| Refusal::Page(OidcError::bad(error, text));
    let client_id =
        get("client_id").ok_or_else(|| page("invalid_request", "missing required parameter 'client_id'"))?;
    let client = state
        .clients
        .get(client_id)
        .filter(|client| client.kind != ClientKind::MachineToMachine)
        .ok_or_else(|| page("invalid_client", "client is invalid"))?;
    let redirect_uri = get("redirect_uri")
        .ok_or_else(|| page("invalid_request", "missing required parameter 'redirect_uri'"))?;
    if !client.allows_redirect(redirect_uri) {
        let text = "`redirect_uri` did not match any of the client's registered redirect_uris";
        return Err(page("invalid_redirect_uri", text));
    }
    let response_type = get("response_type").unwrap_or_default();
    let mode = get("response_mode").map(str::to_owned).or_else(|| {
        let in_fragment = words(response_type).iter().any(|word| word == "token" || word == "id_token");
        in_fragment.then(|| "fragment".to_owned())
    });
    let refuse = |error: &'static str, text: &'static str| Refusal::Callback {
        error,
        text,
        redirect_uri: redirect_uri.to_owned(),
        mode: mode.clone(),
    };
    if response_type.is_empty() {
        return Err(refuse("invalid_request", "missing required parameter 'response_type'"));
    }
    if response_type != "code" {
        return Err(refuse("unsupported_response_type", "unsupported response_type requested"));
    }
    if get("request").is_some() {
        return Err(refuse("request_not_supported", "request parameter provided but not supported"));
    }
    let prompt = words(get("prompt").unwrap_or_default());
    let is_known =
        |prompt: &String| matches!(prompt.as_str(), "none" | "login" | "consent" | "select_account");
    if !prompt.iter().all(is_known) {
        return Err(refuse("invalid_request", "unsupported prompt value requested"));
    }
    if prompt.len() > 1 && prompt.iter().any(|value| value == "none") {
        return Err(refuse("invalid_request", "prompt none must only be used alone"));
    }
    let challenge = get("code_challenge").ok_or_else(|| {
        refuse("invalid_request", "Authorization Server policy requires PKCE to be used for this request")
    })?;
    if get("code_challenge_method") != Some("S256") {
        return Err(refuse("invalid_request", "not supported value of code_challenge_method"));
    }
    let max_age = match get("max_age").map(str::parse::<u64>) {
        Some(Ok(seconds)) => Some(seconds),
        Some(Err(_)) => return Err(refuse("invalid_request", "invalid max_age parameter value")),
        None => None,
    };
    let resources: Vec<String> =
        fields.iter().filter(|(name, _)| name == "resource").map(|(_, value)| value.clone()).collect();
    if resources.iter().any(|indicator| state.resource(indicator).is_none()) {
        return Err(refuse("invalid_target", "resource indicator is missing, or unknown"));
    }
    let scope = known_scopes(state, get("scope").unwrap_or_default(), &resources, &prompt);
    Ok(AuthorizeParams {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        scope,
        state: get("state").map(str::to_owned),
        nonce: get("nonce").map(str::to_owned),
        code_challenge: challenge.to_owned(),
        prompt,
        max_age,
        resources,
        response_mode: mode,
        login_hint: get("login_hint").map(str::to_owned),
        ui_locales: get("ui_locales").map(str::to_owned),
        first_screen: get("first_screen").map(str::to_owned),
        direct_sign_in: get("direct_sign_in").map(str::to_owned),
    })
}

/// Drops unknown scopes silently, and `offline_access` unless consent is requested.
fn known_scopes(state: &State, scope: &str, resources: &[String], prompt: &[String]) -> Vec<String> {
    let of_resources: Vec<&String> = resources
        .iter()
        .filter_map(|indicator| state.resource(indicator))
        .flat_map(|resource| &resource.scopes)
        .collect();
    let with_consent = prompt.iter().any(|value| value == "consent");
    words(scope)
        .into_iter()
        .filter(|scope| OPENID_SCOPES.contains(&scope.as_str()) || of_resources.contains(&scope))
        .filter(|scope| with_consent || scope != "offline_access")
        .collect()
}

fn start(state: &mut State, request: &Request, params: AuthorizeParams) -> Reply {
    let session = resume::session_of(state, request);
    let is_silent = params.prompt.iter().any(|value| value == "none");
    if is_silent {
        let native = state.clients.get(&params.client_id).map(|client: &Client| client.kind)
            == Some(ClientKind::Native);
        if resume::needs_sign_in(state, &params, session.as_deref(), false) {
            let text = "End-User authentication is required";
            return refuse_at_callback(state, &params, "login_required", text);
        }
        if native {
            let text = "native clients require End-User interaction";
            return refuse_at_callback(state, &params, "interaction_required", text);
        }
        if resume::needs_consent(state, &params, session.as_deref()) {
            let text = "End-User consent required";
            return refuse_at_callback(state, &params, "consent_required", text);
        }
    }
    resume::advance(state, params, session.as_deref(), false, false)
}

/// Sends an error to the redirect URI of a valid request.
pub(crate) fn refuse_at_callback(state: &State, params: &AuthorizeParams, error: &str, text: &str) -> Reply {
    let mut answer = vec![("error", error.to_owned()), ("error_description", text.to_owned())];
    if let Some(value) = &params.state {
        answer.push(("state", value.clone()));
    }
    callback(state, &params.redirect_uri, params.response_mode.as_deref(), answer)
}

/// Answers at the redirect URI, with `iss` last, in the wanted response mode.
pub(crate) fn callback(
    state: &State,
    redirect_uri: &str,
    mode: Option<&str>,
    mut fields: Vec<(&str, String)>,
) -> Reply {
    fields.push(("iss", state.issuer()));
    if mode == Some("form_post") {
        let inputs: String = fields
            .iter()
            .map(|(name, value)| {
                format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>\n", escape_html(value))
            })
            .collect();
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Submitting Callback</title></head>\n\
             <body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"{}\">\n{inputs}\
             <noscript><button autofocus type=\"submit\">Continue</button></noscript></form></body></html>",
            escape_html(redirect_uri)
        );
        return Reply::html(200, page).with("cache-control", "no-store");
    }
    let encoded = Serializer::new(String::new()).extend_pairs(&fields).finish();
    let separator = match mode {
        Some("fragment") => '#',
        _ if redirect_uri.contains('?') => '&',
        _ => '?',
    };
    Reply::redirect(303, &format!("{redirect_uri}{separator}{encoded}")).with("cache-control", "no-store")
}
