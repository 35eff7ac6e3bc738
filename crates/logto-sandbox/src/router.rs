//! Every route in one list. The router answers 404 and 405 in plain text, as Logto's does, and checks the
//! Management API's token only on routes that exist.

use http::Method;

use crate::http::{Reply, Request};
use crate::management::auth;
use crate::state::State;
use crate::{control, experience, management, oidc};

/// A handler: a plain function over the state.
pub(crate) type Handler = fn(&mut State, &Request, &Params) -> Reply;

/// The authentication that a route requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Public,
    Management,
}

/// One route.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) pattern: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

/// The values of a pattern's `{names}`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Returns the value of a name; empty if the pattern has none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find_map(|(key, value)| (*key == name).then_some(value.as_str())).unwrap_or_default()
    }
}

/// Returns a route for everyone.
pub(crate) const fn public(method: Method, pattern: &'static str, handler: Handler) -> Route {
    Route { method, pattern, access: Access::Public, handler }
}

const fn management(method: Method, pattern: &'static str, handler: Handler) -> Route {
    Route { method, pattern, access: Access::Management, handler }
}

/// All routes.
pub(crate) static ROUTES: &[Route] = &[
    public(Method::GET, "/oidc/.well-known/openid-configuration", oidc::discovery::metadata),
    public(Method::GET, "/oidc/.well-known/oauth-authorization-server", oidc::discovery::metadata),
    public(Method::GET, "/oidc/jwks", oidc::discovery::jwks),
    public(Method::GET, "/oidc/auth", oidc::authorize::authorize),
    public(Method::POST, "/oidc/auth", oidc::authorize::authorize),
    public(Method::GET, "/oidc/auth/{uid}", oidc::resume::resume),
    public(Method::GET, "/consent", oidc::consent::consent),
    public(Method::POST, "/oidc/token", oidc::token::token),
    public(Method::POST, "/oidc/token/introspection", oidc::introspection::introspect),
    public(Method::POST, "/oidc/token/revocation", oidc::revocation::revoke),
    public(Method::GET, "/oidc/me", oidc::userinfo::userinfo),
    public(Method::POST, "/oidc/me", oidc::userinfo::userinfo),
    public(Method::GET, "/oidc/session/end", oidc::end_session::end_session),
    public(Method::POST, "/oidc/session/end/confirm", oidc::end_session::confirm),
    public(Method::GET, "/oidc/session/end/success", oidc::end_session::success),
    public(Method::GET, "/sign-in", experience::page::sign_in),
    public(Method::GET, "/register", experience::page::sign_in),
    public(Method::GET, "/sign-in/cancel", experience::cancel),
    public(Method::GET, "/unknown-session", experience::page::unknown_session),
    public(Method::PUT, "/api/experience", experience::start),
    public(Method::POST, "/api/experience/verification/password", experience::password::verify),
    public(Method::POST, "/api/experience/verification/verification-code", experience::code::send),
    public(Method::POST, "/api/experience/verification/verification-code/verify", experience::code::verify),
    public(
        Method::POST,
        "/api/experience/verification/social/{connector}/authorization-uri",
        experience::provider::begin_social,
    ),
    public(
        Method::POST,
        "/api/experience/verification/social/{connector}/verify",
        experience::provider::verify,
    ),
    public(
        Method::POST,
        "/api/experience/verification/sso/{connector}/authorization-uri",
        experience::provider::begin_enterprise,
    ),
    public(Method::POST, "/api/experience/verification/sso/{connector}/verify", experience::provider::verify),
    public(Method::POST, "/api/experience/verification/totp/verify", experience::totp::verify),
    public(Method::POST, "/api/experience/identification", experience::identify),
    public(Method::POST, "/api/experience/submit", experience::submit),
    public(Method::GET, "/api/.well-known/sign-in-exp", management::sign_in_exp::public),
    public(Method::GET, "/api/.well-known/account-center", management::account_center::read),
    management(Method::GET, "/api/users", management::users::list),
    management(Method::POST, "/api/users", management::users::create),
    management(Method::GET, "/api/users/{id}", management::users::read),
    management(Method::PATCH, "/api/users/{id}", management::user_patch::patch),
    management(Method::DELETE, "/api/users/{id}", management::users::delete),
    management(Method::PATCH, "/api/users/{id}/profile", management::profile::patch),
    management(Method::GET, "/api/users/{id}/custom-data", management::custom_data::read),
    management(Method::PATCH, "/api/users/{id}/custom-data", management::custom_data::patch),
    management(Method::PATCH, "/api/users/{id}/is-suspended", management::suspension::patch),
    management(Method::GET, "/api/users/{id}/has-password", management::password::has),
    management(Method::POST, "/api/users/{id}/password/verify", management::password::verify),
    management(Method::PATCH, "/api/users/{id}/password", management::password::patch),
    management(Method::GET, "/api/users/{id}/mfa-verifications", management::mfa::list),
    management(Method::GET, "/api/users/{id}/logto-configs", management::mfa::configs),
    management(Method::PATCH, "/api/users/{id}/logto-configs", management::mfa::patch_configs),
    management(Method::POST, "/api/verification-codes", management::verification_codes::send),
    management(Method::POST, "/api/verification-codes/verify", management::verification_codes::verify),
    management(Method::GET, "/api/users/{id}/roles", management::roles::of_user),
    management(Method::GET, "/api/users/{id}/organizations", management::organizations::of_user),
    management(Method::POST, "/api/users/{id}/identities", management::identities::link),
    management(Method::GET, "/api/users/{id}/identities/{target}", management::identities::read),
    management(Method::PUT, "/api/users/{id}/identities/{target}", management::identities::replace),
    management(Method::DELETE, "/api/users/{id}/identities/{target}", management::identities::delete),
    management(Method::GET, "/api/users/{id}/sessions", management::sessions::list),
    management(Method::GET, "/api/users/{id}/sessions/{session}", management::sessions::read),
    management(Method::DELETE, "/api/users/{id}/sessions/{session}", management::sessions::delete),
    management(
        Method::GET,
        "/api/users/{id}/personal-access-tokens",
        management::personal_access_tokens::list,
    ),
    management(
        Method::POST,
        "/api/users/{id}/personal-access-tokens",
        management::personal_access_tokens::create,
    ),
    management(
        Method::PATCH,
        "/api/users/{id}/personal-access-tokens/{name}",
        management::personal_access_tokens::patch,
    ),
    management(
        Method::DELETE,
        "/api/users/{id}/personal-access-tokens/{name}",
        management::personal_access_tokens::delete,
    ),
    management(Method::GET, "/api/users/{id}/grants", management::grants::list),
    management(Method::DELETE, "/api/users/{id}/grants/{grant}", management::grants::delete),
    management(Method::GET, "/api/sign-in-exp", management::sign_in_exp::read),
    management(Method::PATCH, "/api/sign-in-exp", management::sign_in_exp::patch),
    management(Method::GET, "/api/account-center", management::account_center::read),
    management(Method::PATCH, "/api/account-center", management::account_center::patch),
    management(Method::GET, "/api/custom-profile-fields", management::sign_in_exp::custom_profile_fields),
    management(Method::GET, "/api/applications", management::applications::list),
    management(Method::POST, "/api/applications", management::applications::create),
    management(Method::GET, "/api/applications/{id}", management::applications::read),
    management(Method::PATCH, "/api/applications/{id}", management::applications::patch),
    management(Method::DELETE, "/api/applications/{id}", management::applications::delete),
    management(Method::GET, "/api/applications/{id}/secrets", management::applications::secrets),
    management(Method::POST, "/api/applications/{id}/secrets", management::applications::create_secret),
    management(
        Method::DELETE,
        "/api/applications/{id}/secrets/{name}",
        management::applications::delete_secret,
    ),
    management(Method::GET, "/api/applications/{id}/roles", management::roles::of_application),
    management(Method::POST, "/api/applications/{id}/roles", management::roles::add_to_application),
    management(Method::GET, "/api/resources", management::resources::list),
    management(Method::POST, "/api/resources", management::resources::create),
    management(Method::PATCH, "/api/resources/{id}", management::resources::patch),
    management(Method::DELETE, "/api/resources/{id}", management::resources::delete),
    management(Method::POST, "/api/resources/{id}/scopes", management::resources::create_scope),
    management(Method::GET, "/api/resources/{id}/scopes", management::resources::scopes),
    management(Method::GET, "/api/roles", management::roles::list),
    management(Method::POST, "/api/roles", management::roles::create),
    management(Method::PATCH, "/api/roles/{id}", management::roles::patch),
    management(Method::DELETE, "/api/roles/{id}", management::roles::delete),
    management(Method::POST, "/api/roles/{id}/scopes", management::roles::add_scopes),
    management(Method::POST, "/api/roles/{id}/users", management::roles::add_users),
    management(Method::GET, "/api/hooks", management::hooks::list),
    management(Method::POST, "/api/hooks", management::hooks::create),
    management(Method::GET, "/api/roles/{id}/scopes", management::roles::scopes),
    management(Method::GET, "/api/sso-connectors", management::connectors::list_sso),
    management(Method::POST, "/api/sign-in-exp/default/check-password", management::password_policy::check),
    management(Method::GET, "/api/connectors", management::connectors::list),
    management(Method::POST, "/api/connectors/{id}/authorization-uri", management::authorization_uri::create),
    management(Method::GET, "/api/configs/oidc/private-keys", management::keys::list),
    management(Method::POST, "/api/configs/oidc/private-keys/rotate", management::keys::rotate),
    management(Method::DELETE, "/api/configs/oidc/private-keys/{id}", management::keys::delete),
    public(Method::GET, "/__sandbox", control::routes::overview),
    public(Method::GET, "/__sandbox/outbox", control::outbox::page),
    public(Method::GET, "/__sandbox/outbox.json", control::outbox::json),
    public(Method::GET, "/__sandbox/users/{id}/totp", control::users::totp),
    public(Method::GET, "/__sandbox/providers", control::providers::read),
    public(Method::POST, "/__sandbox/providers/orders", control::providers::push),
    public(Method::DELETE, "/__sandbox/providers/orders", control::providers::clear),
    public(Method::GET, "/__sandbox/clock", control::routes::clock),
    public(Method::POST, "/__sandbox/clock/advance", control::routes::advance),
    public(Method::POST, "/__sandbox/clock/freeze", control::routes::freeze),
    public(Method::POST, "/__sandbox/clock/resume", control::routes::resume),
    public(Method::POST, "/__sandbox/faults", control::routes::push_fault),
    public(Method::DELETE, "/__sandbox/faults", control::routes::clear_faults),
    public(Method::GET, "/__sandbox/requests", control::routes::requests),
    public(Method::DELETE, "/__sandbox/requests", control::routes::clear_requests),
    public(Method::GET, "/__sandbox/secrets", control::routes::secrets),
    public(Method::POST, "/__sandbox/keys/rotate", control::routes::rotate_key),
    public(Method::DELETE, "/__sandbox/keys/previous", control::routes::remove_previous_key),
    public(Method::PUT, "/__sandbox/resource", control::routes::set_resource),
    public(Method::PATCH, "/__sandbox/account-center", control::routes::account_center),
    public(Method::PATCH, "/__sandbox/sign-in-exp", control::routes::sign_in_experience),
    public(Method::GET, "/__sandbox/users/{id}", control::users::read),
    public(Method::PATCH, "/__sandbox/users/{id}", control::users::patch),
    public(Method::DELETE, "/__sandbox/users/{id}", control::users::delete),
    public(Method::PUT, "/__sandbox/users/{id}/suspended", control::users::suspend),
    public(Method::PUT, "/__sandbox/users/{id}/scopes", control::users::scopes),
    public(Method::PUT, "/__sandbox/users/{id}/organizations", control::users::organizations),
    public(Method::PUT, "/__sandbox/users/{id}/sso-identities", control::users::sso_identities),
];

/// Method and path pattern of every route, for the parity table and the replay of the recordings.
pub fn route_patterns() -> Vec<(&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.pattern)).collect()
}

fn matches(pattern: &'static str, path: &str) -> Option<Params> {
    let mut params = Vec::new();
    let mut wanted = pattern.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(Params(params)),
            (Some(want), Some(have)) => {
                match want.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(_) if have.is_empty() => return None,
                    Some(name) => params.push((name, decode(have))),
                    None if want == have => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

fn decode(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    // A path segment is not a form: `+` stays what it is.
    let form = segment.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={form}").as_bytes())
        .next()
        .map_or_else(|| segment.to_owned(), |(_, value)| value.into_owned())
}

/// Finds the handler and calls it.
pub(crate) fn dispatch(state: &mut State, request: &Request) -> Reply {
    dispatch_among(ROUTES, state, request)
}

/// As [`dispatch`], for other routes.
pub(crate) fn dispatch_among(routes: &'static [Route], state: &mut State, request: &Request) -> Reply {
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    let mut path_exists = false;
    for route in routes {
        let Some(params) = matches(route.pattern, &request.path) else { continue };
        path_exists = true;
        if route.method != *method {
            continue;
        }
        if route.access == Access::Management
            && let Err(reply) = auth::authorize(state, request)
        {
            return reply;
        }
        return (route.handler)(state, request, &params).conditional(request);
    }
    match (path_exists, &request.method) {
        (true, &Method::OPTIONS) => Reply::text(200, ""),
        (true, _) => Reply::text(405, "Method Not Allowed"),
        (false, _) => Reply::text(404, "Not Found"),
    }
}
