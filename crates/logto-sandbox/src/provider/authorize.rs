//! `GET|POST /{provider}/authorize`: checks the request, shows the page, and sends the user back.

use url::Url;

use super::code::{self, ProviderAccount};
use super::orders::ProviderAnswer;
use super::{Provider, answer, page};
use crate::http::{Reply, Request, find};
use crate::random;
use crate::router::Params;
use crate::state::State;

/// The length of an ordered large code.
const LARGE: usize = 10 * 1024;

/// An authorization request that was checked.
pub(crate) struct AuthorizationRequest {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) form_post: bool,
}

/// Why a request is refused: with a page, if the redirect URI cannot be trusted, else at the redirect URI.
enum Refusal {
    Page(&'static str),
    Return(AuthorizationRequest, &'static str),
}

/// `GET /{provider}/authorize`: the page.
pub(super) fn show(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(provider) = provider(state, params) else { return page::refusal(404, "No such provider.") };
    match check(state, provider, &request.query) {
        Ok(asked) => page::sign_in(provider, &request.query, &asked, None),
        Err(refusal) => refuse(refusal),
    }
}

/// `POST /{provider}/authorize`: what the user did on the page, whose form repeats the request in `request`.
pub(super) fn decide(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(provider) = provider(state, params) else { return page::refusal(404, "No such provider.") };
    let form = request.form();
    let field = |name: &str| find(&form, name).unwrap_or_default().trim().to_owned();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(field("request").as_bytes()).into_owned().collect();
    let asked = match check(state, provider, &query) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(refusal),
    };
    let continues = field("decision") == "continue";
    let account = ProviderAccount {
        id: field("account"),
        email: field("email"),
        name: field("name"),
        email_unverified: find(&form, "verified").is_none(),
    };
    if continues && account.id.is_empty() {
        return page::sign_in(provider, &query, &asked, Some("Enter an account id."));
    }
    let ordered =
        state.providers.as_mut().and_then(|providers| providers.orders.take_answer(provider.target));
    let mut fields = match &ordered {
        Some(ProviderAnswer::Refuse) => denied(provider),
        Some(ProviderAnswer::Error(error)) => failed(error),
        _ if !continues => denied(provider),
        _ => {
            let length = if ordered == Some(ProviderAnswer::LargeCode) { LARGE } else { 0 };
            vec![("code", code::issue(state, provider, &asked, account, length))]
        }
    };
    fields.extend(asked.state.clone().map(|value| ("state", value)));
    if let Some(ordered) = &ordered {
        make_hostile(&mut fields, ordered);
    }
    answer::send(&asked, &fields)
}

/// Returns the provider of a path, if the tenant has a connector for it.
fn provider(state: &State, params: &Params) -> Option<&'static Provider> {
    Provider::of(params.get("provider"))
        .filter(|provider| state.settings.social_connector(provider.target).is_some())
}

fn refuse(refusal: Refusal) -> Reply {
    match refusal {
        Refusal::Page(text) => page::refusal(400, text),
        Refusal::Return(asked, error) => {
            let mut fields = failed(error);
            fields.extend(asked.state.clone().map(|value| ("state", value)));
            answer::send(&asked, &fields)
        }
    }
}

fn denied(provider: &Provider) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("error", "access_denied".to_owned()),
        ("error_description", "The user has denied your application access.".to_owned()),
    ];
    if provider.target == "github" {
        fields.push(("error_uri", "https://docs.github.com/apps/oauth-errors#access-denied".to_owned()));
    }
    fields
}

fn failed(error: &str) -> Vec<(&'static str, String)> {
    vec![("error", error.to_owned()), ("error_description", "The provider refused the request.".to_owned())]
}

/// Turns a good answer into the ordered hostile one.
fn make_hostile(fields: &mut Vec<(&'static str, String)>, ordered: &ProviderAnswer) {
    match ordered {
        ProviderAnswer::ExtraParameters => fields.extend(
            [
                ("iss", "https://other.example.test"),
                ("session_state", "extra"),
                ("redirectUri", "https://other.example.test/callback"),
                ("userId", "extra-account"),
                ("email", "extra@other.example.test"),
                ("credential", "e30.e30.e30"),
                ("connectorId", "extra-connector"),
            ]
            .map(|(name, value)| (name, value.to_owned())),
        ),
        ProviderAnswer::DoubledCode => fields.push(("code", random::opaque())),
        ProviderAnswer::DoubledState => fields.push(("state", random::opaque())),
        ProviderAnswer::OtherState => {
            for (_, value) in fields.iter_mut().filter(|(name, _)| *name == "state") {
                *value = random::opaque();
            }
        }
        ProviderAnswer::NoState => fields.retain(|(name, _)| *name != "state"),
        ProviderAnswer::NoCode => fields.retain(|(name, _)| *name != "code"),
        ProviderAnswer::Refuse
        | ProviderAnswer::Error(_)
        | ProviderAnswer::Delay(_)
        | ProviderAnswer::LargeCode
        | ProviderAnswer::Token(_) => {}
    }
}

/// Checks a request. Values that occur twice are refused.
fn check(
    state: &State,
    provider: &Provider,
    query: &[(String, String)],
) -> Result<AuthorizationRequest, Refusal> {
    let get = |name: &str| find(query, name).filter(|value| !value.is_empty());
    let is_doubled = |(index, (name, _)): (usize, &(String, String))| {
        query.iter().skip(index + 1).any(|(other, _)| other == name)
    };
    if query.iter().enumerate().any(is_doubled) {
        return Err(Refusal::Page("A parameter occurs twice."));
    }
    let client =
        state.settings.social_connector(provider.target).map(|connector| &connector["config"]["clientId"]);
    let client = client.and_then(serde_json::Value::as_str);
    if client.is_some() && client != get("client_id") {
        return Err(Refusal::Page("The application (client_id) is not known."));
    }
    let redirect_uri = get("redirect_uri").ok_or(Refusal::Page("The redirect_uri is missing."))?;
    let parsed = Url::parse(redirect_uri).map_err(|_| Refusal::Page("The redirect_uri is not a URL."))?;
    if parsed.fragment().is_some() {
        return Err(Refusal::Page("The redirect_uri has a fragment."));
    }
    if !provider.any_scheme && !is_web_url(&parsed) {
        return Err(Refusal::Page("The redirect_uri must be https, or http on this computer (127.0.0.1)."));
    }
    let mode = get("response_mode");
    let asked = AuthorizationRequest {
        redirect_uri: redirect_uri.to_owned(),
        state: get("state").map(str::to_owned),
        nonce: get("nonce").map(str::to_owned),
        code_challenge: get("code_challenge").map(str::to_owned).filter(|_| provider.is_openid),
        form_post: provider.is_openid && mode == Some("form_post"),
    };
    if provider.target == "google" && get("response_type") != Some("code") {
        return Err(Refusal::Page("The response_type must be code."));
    }
    if provider.is_openid {
        let scope = get("scope").unwrap_or_default();
        let error = if get("response_type") != Some("code") {
            Some("unsupported_response_type")
        } else if !scope.split(' ').any(|word| word == "openid") {
            Some("invalid_scope")
        } else if get("code_challenge").is_none()
            || get("code_challenge_method") != Some("S256")
            || !matches!(mode, None | Some("query" | "form_post"))
        {
            Some("invalid_request")
        } else {
            None
        };
        if let Some(error) = error {
            return Err(Refusal::Return(asked, error));
        }
    }
    Ok(asked)
}

/// Whether a URL is https, or http on loopback.
fn is_web_url(url: &Url) -> bool {
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}
