//! The client: one method per operation, and the one private request function below them all.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Clock;
use crate::endpoints::{self, Endpoint};
use crate::error::{Error, TransportKind};
use crate::places::Places;
use crate::token::{Credentials, SecretSource, TokenCache};
use crate::transport::{logto_request_id, read_bounded, refused};
use crate::types::{
    self, AccountCenter, Application, Connector, CustomData, CustomProfileField, Organization, Page, Profile,
    Resource, Role, RoleScope, SignInExperience, SsoConnector, User, UserChanges, UserSummary,
};
use crate::user_id::UserId;

/// The URLs of Logto, and the application that sends requests.
pub struct Connection {
    /// The base of the Management API, e.g. `https://tenant.logto.app/api`.
    pub api_base: Url,
    /// The token endpoint, e.g. `https://tenant.logto.app/oidc/token`.
    pub token_endpoint: Url,
    /// The Management API's resource indicator, e.g. `https://default.logto.app/api`.
    pub resource: String,
    /// The id of the machine-to-machine application.
    pub client_id: String,
    /// Its secret.
    pub secret: Box<dyn SecretSource>,
}

/// A client of one tenant's Management API. Cheap to share behind an `Arc`.
pub struct LogtoClient {
    http: reqwest::Client,
    api_base: Url,
    tokens: TokenCache,
    /// Limits how many requests are under way at once.
    places: Places,
}

impl LogtoClient {
    /// Creates a client that sends through `http` (see [`crate::http_client`]) and reads the time from `clock`.
    pub fn new(connection: Connection, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials {
            token_endpoint: connection.token_endpoint,
            client_id: connection.client_id,
            resource: connection.resource,
            secret: connection.secret,
        };
        let tokens = TokenCache::new(credentials, http.clone(), clock);
        Self { http, api_base: connection.api_base, tokens, places: Places::default() }
    }

    /// Gets a Management API token, unless one is cached. For start-up checks and readiness.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::ScopeMissing`], [`Error::SecretUnavailable`] or [`Error::Transport`].
    pub async fn authorise(&self) -> Result<(), Error> {
        self.tokens.token().await.map(drop)
    }

    /// `GET /users/{userId}?includeSsoIdentities=true`: the whole account.
    ///
    /// # Errors
    /// 404 `entity.not_found` when there is no such user; [`Error::Unusable`] when the answer is about another one.
    pub async fn user(&self, user: &UserId) -> Result<User, Error> {
        let query = [("includeSsoIdentities", "true")];
        about(user, self.send(&endpoints::GET_USER, &[user.as_str()], &query, None::<&()>).await?)
    }

    /// As [`Self::user`], with the time on Logto's clock, in seconds since the epoch: `auth_time` of tokens is on that
    /// clock.
    ///
    /// # Errors
    /// As [`Self::user`]; [`Error::Unusable`] when the answer has no date.
    pub async fn user_and_time(&self, user: &UserId) -> Result<(User, u64), Error> {
        let query = [("includeSsoIdentities", "true")];
        let answer = self.send(&endpoints::GET_USER, &[user.as_str()], &query, None::<&()>).await?;
        let Some(time) = answer.logto_time() else {
            let logto_request_id = answer.logto_request_id;
            return Err(Error::Unusable { reason: "the answer has no date", logto_request_id });
        };
        Ok((about(user, answer)?, time))
    }

    /// `PATCH /users/{userId}`: name, avatar and identifiers (`null` clears), or the whole profile, which is
    /// **replaced**.
    ///
    /// # Errors
    /// 404 `entity.not_found`; 400 `guard.invalid_input` and 422 `entity.value_too_long` for a bad value; 422
    /// `user.username_already_in_use`, `user.email_already_in_use`, `user.phone_already_in_use`.
    pub async fn update_user(&self, user: &UserId, changes: &UserChanges) -> Result<User, Error> {
        about(user, self.send(&endpoints::UPDATE_USER, &[user.as_str()], &[], Some(changes)).await?)
    }

    /// `PATCH /users/{userId}/profile`: a shallow merge. `""` is stored as `""` and no key can be removed; the address
    /// is replaced whole. To clear a field, replace the profile by [`Self::update_user`].
    ///
    /// # Errors
    /// As [`Self::update_user`].
    pub async fn update_profile(&self, user: &UserId, profile: &Profile) -> Result<Profile, Error> {
        let body = json!({ "profile": profile });
        let answer = self.send(&endpoints::UPDATE_PROFILE, &[user.as_str()], &[], Some(&body)).await?;
        let logto_request_id = answer.logto_request_id.clone();
        let stored: Profile = parse(&answer.body, answer.logto_request_id)?;
        if holds(&json!(stored), &json!(profile)) {
            return Ok(stored);
        }
        Err(Error::Unusable { reason: "the answer lacks what was written", logto_request_id })
    }

    /// `GET /users/{userId}/custom-data`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn custom_data(&self, user: &UserId) -> Result<CustomData, Error> {
        let answer = self.send(&endpoints::GET_CUSTOM_DATA, &[user.as_str()], &[], None::<&()>).await?;
        parse_by(types::custom_data, &answer.body, answer.logto_request_id)
    }

    /// `PATCH /users/{userId}/custom-data`: merges top-level keys; what is nested below a key is replaced.
    ///
    /// # Errors
    /// 404 `entity.not_found`, 400 `guard.invalid_input`.
    pub async fn update_custom_data(&self, user: &UserId, changes: &CustomData) -> Result<CustomData, Error> {
        let body = json!({ "customData": changes });
        let answer = self.send(&endpoints::UPDATE_CUSTOM_DATA, &[user.as_str()], &[], Some(&body)).await?;
        parse_by(types::custom_data, &answer.body, answer.logto_request_id)
    }

    /// `GET /users/{userId}/roles`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn user_roles(&self, user: &UserId) -> Result<Vec<Role>, Error> {
        self.request(&endpoints::GET_USER_ROLES, &[user.as_str()], &[], None::<&()>).await
    }

    /// `GET /users/{userId}/organizations`: all of them, with the user's roles in each.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn user_organizations(&self, user: &UserId) -> Result<Vec<Organization>, Error> {
        self.request(&endpoints::LIST_USER_ORGANIZATIONS, &[user.as_str()], &[], None::<&()>).await
    }

    /// `GET /users`, one page of it.
    ///
    /// # Errors
    /// As any request.
    pub async fn users(&self, page: Page) -> Result<Vec<UserSummary>, Error> {
        let (number, size) = page.query();
        let query = [("page", number.as_str()), ("page_size", size.as_str())];
        self.request(&endpoints::LIST_USERS, &[], &query, None::<&()>).await
    }

    /// `GET /sign-in-exp`.
    ///
    /// # Errors
    /// As any request.
    pub async fn sign_in_experience(&self) -> Result<SignInExperience, Error> {
        self.request(&endpoints::GET_SIGN_IN_EXPERIENCE, &[], &[], None::<&()>).await
    }

    /// `GET /.well-known/sign-in-exp`: the public form, without a token.
    ///
    /// # Errors
    /// As any request.
    pub async fn public_sign_in_experience(&self) -> Result<SignInExperience, Error> {
        self.request(&endpoints::GET_PUBLIC_SIGN_IN_EXPERIENCE, &[], &[], None::<&()>).await
    }

    /// `GET /account-center`: the tenant's rules for its users' fields.
    ///
    /// # Errors
    /// As any request.
    pub async fn account_center(&self) -> Result<AccountCenter, Error> {
        self.request(&endpoints::GET_ACCOUNT_CENTER, &[], &[], None::<&()>).await
    }

    /// `GET /custom-profile-fields`: the tenant's definitions of profile fields, in the tenant's order.
    ///
    /// # Errors
    /// As any request.
    pub async fn custom_profile_fields(&self) -> Result<Vec<CustomProfileField>, Error> {
        self.request(&endpoints::LIST_CUSTOM_PROFILE_FIELDS, &[], &[], None::<&()>).await
    }

    /// `GET /applications/{applicationId}`; the application's secret is dropped unread.
    ///
    /// # Errors
    /// 404 when there is no such application.
    pub async fn application(&self, id: &str) -> Result<Application, Error> {
        self.request(&endpoints::GET_APPLICATION, &[id], &[], None::<&()>).await
    }

    /// `GET /resources?includeScopes=true`, one page of it.
    ///
    /// # Errors
    /// As any request.
    pub async fn resources(&self, page: Page) -> Result<Vec<Resource>, Error> {
        let (number, size) = page.query();
        let query = [("includeScopes", "true"), ("page", number.as_str()), ("page_size", size.as_str())];
        self.request(&endpoints::LIST_RESOURCES, &[], &query, None::<&()>).await
    }

    /// `GET /roles`, one page of it.
    ///
    /// # Errors
    /// As any request.
    pub async fn roles(&self, page: Page) -> Result<Vec<Role>, Error> {
        let (number, size) = page.query();
        let query = [("page", number.as_str()), ("page_size", size.as_str())];
        self.request(&endpoints::LIST_ROLES, &[], &query, None::<&()>).await
    }

    /// `GET /roles/{roleId}/scopes`.
    ///
    /// # Errors
    /// 404 when there is no such role.
    pub async fn role_scopes(&self, role: &str) -> Result<Vec<RoleScope>, Error> {
        self.request(&endpoints::LIST_ROLE_SCOPES, &[role], &[], None::<&()>).await
    }

    /// `GET /connectors`; their configuration, which holds secrets, is dropped unread.
    ///
    /// # Errors
    /// As any request.
    pub async fn connectors(&self) -> Result<Vec<Connector>, Error> {
        self.request(&endpoints::LIST_CONNECTORS, &[], &[], None::<&()>).await
    }

    /// `GET /sso-connectors`; their configuration, which holds secrets, is dropped unread.
    ///
    /// # Errors
    /// As any request.
    pub async fn sso_connectors(&self) -> Result<Vec<SsoConnector>, Error> {
        self.request(&endpoints::LIST_SSO_CONNECTORS, &[], &[], None::<&()>).await
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn request<T: DeserializeOwned>(
        &self,
        endpoint: &Endpoint,
        values: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<T, Error> {
        let answer = self.send(endpoint, values, query, body).await?;
        parse(&answer.body, answer.logto_request_id)
    }

    /// Sends one request whose answer is 204. Another 2xx status is an error: Logto does not send one.
    pub(crate) async fn request_nothing(
        &self,
        endpoint: &Endpoint,
        values: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<(), Error> {
        let answer = self.send(endpoint, values, query, body).await?;
        if answer.status == 204 {
            return Ok(());
        }
        let logto_request_id = answer.logto_request_id;
        Err(Error::Unusable { reason: "the answer is not 204", logto_request_id })
    }

    /// Sends one request. A 401 of Logto's is retried once with a new token: Logto refused it before it did anything. A
    /// connector's 401 comes from the provider and is returned. A read whose connection broke is retried once; a write
    /// never is.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        values: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<Answer, Error> {
        self.send_or(endpoint, values, query, body, None).await
    }

    /// As [`Self::send`], for an operation that also succeeds with the status `fine`.
    pub(crate) async fn send_or(
        &self,
        endpoint: &Endpoint,
        values: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
        fine: Option<u16>,
    ) -> Result<Answer, Error> {
        let url = self.url(endpoint, values, query)?;
        let method = Method::from_bytes(endpoint.method.as_bytes()).map_err(|_| Error::InvalidArgument)?;
        let mut may_renew = true;
        let mut may_reconnect = endpoint.method == "GET";
        loop {
            let token = if endpoint.authorised { Some(self.tokens.token().await?) } else { None };
            let mut request = self.http.request(method.clone(), url.clone());
            if let Some(token) = &token {
                request = request.bearer_auth(token.expose());
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = match self.exchange(endpoint, request).await {
                Err(Error::Transport(failure)) if may_reconnect && failure.kind == TransportKind::Broken => {
                    may_reconnect = false;
                    continue;
                }
                answer => answer?,
            };
            let status = answer.status;
            if (200..=299).contains(&status) || fine == Some(status) {
                return Ok(answer);
            }
            let refused = refused(status, &answer.headers, &answer.body);
            match token {
                Some(token) if status == 401 && may_renew && !refused.is_of_connector() => {
                    may_renew = false;
                    self.tokens.forget(&token);
                }
                _ => return Err(Error::Refused(refused)),
            }
        }
    }

    /// Returns the URL of an operation. Built from the parsed base: parsing it each time is expensive.
    fn url(&self, endpoint: &Endpoint, values: &[&str], query: &[(&str, &str)]) -> Result<Url, Error> {
        let mut url = self.api_base.clone();
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), endpoint.path(values)?));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Sends one request and reads its whole answer, whatever its status, while it holds one of the places.
    async fn exchange(&self, endpoint: &Endpoint, request: reqwest::RequestBuilder) -> Result<Answer, Error> {
        let _place = self.places.take().await?;
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let logto_request_id = logto_request_id(response.headers());
        note(endpoint, status, logto_request_id.as_deref());
        let body = read_bounded(&mut response).await?;
        Ok(Answer { status, headers: std::mem::take(response.headers_mut()), logto_request_id, body })
    }
}

/// Logs a request: writes at the level info, reads at debug. The span of the request that caused it gets Logto's id in
/// either case.
fn note(endpoint: &Endpoint, status: u16, logto_core_request_id: Option<&str>) {
    macro_rules! note {
        ($level:ident) => {
            tracing::$level!(
                method = endpoint.method,
                path = endpoint.template,
                status,
                logto_core_request_id,
                "request to Logto"
            )
        };
    }
    tracing::Span::current().record("logto_core_request_id", logto_core_request_id);
    if endpoint.method == "GET" { note!(debug) } else { note!(info) }
}

/// An answer, unread.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) logto_request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Returns the time on Logto's clock (`Date`, RFC 9110 §6.6.1), in seconds since the epoch.
    pub(crate) fn logto_time(&self) -> Option<u64> {
        let text = self.headers.get(http::header::DATE)?.to_str().ok()?;
        let time = httpdate::parse_http_date(text).ok()?;
        time.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    }
}

/// Reads the user of an answer, if it is the requested one: a user is never shown or changed as another one.
pub(crate) fn about(requested: &UserId, answer: Answer) -> Result<User, Error> {
    let user = parse_by(User::read, &answer.body, answer.logto_request_id)?;
    if user.id == *requested {
        return Ok(user);
    }
    Err(Error::Unusable { reason: "it is about another user", logto_request_id: None })
}

/// Whether a JSON object has every member of another one.
fn holds(all: &Value, some: &Value) -> bool {
    let some = some.as_object().into_iter().flatten();
    some.into_iter().all(|(name, value)| all.get(name) == Some(value))
}

/// Reads the body of a success. Only the fields that the type names are read.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8], logto_request_id: Option<String>) -> Result<T, Error> {
    parse_by(|text| serde_json::from_str(text), body, logto_request_id)
}

fn parse_by<T>(
    read: impl FnOnce(&str) -> serde_json::Result<T>,
    body: &[u8],
    logto_request_id: Option<String>,
) -> Result<T, Error> {
    // Checked for UTF-8 once, and not for every text in it.
    let text = std::str::from_utf8(body).ok();
    text.and_then(|text| read(text).ok())
        .ok_or(Error::Unusable { reason: "the body has not the expected shape", logto_request_id })
}
