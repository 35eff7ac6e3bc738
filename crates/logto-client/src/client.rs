//! The client: one method an operation, and the one private request function below them all.

use std::sync::Arc;

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use crate::clock::Clock;
use crate::endpoints::{self, Endpoint};
use crate::error::Error;
use crate::token::{Credentials, SecretSource, TokenCache};
use crate::transport::{logto_request_id, read_bounded, refused};
use crate::types::{
    AccountCenter, Application, Connector, CustomData, Page, Profile, Resource, Role, RoleScope,
    SignInExperience, User, UserChanges, UserSummary,
};
use crate::user_id::UserId;

/// Where Logto is and who we are there.
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
}

impl LogtoClient {
    /// A client that sends through `http` (see [`crate::http_client`]) and reads the time from `clock`.
    pub fn new(connection: Connection, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials {
            token_endpoint: connection.token_endpoint,
            client_id: connection.client_id,
            resource: connection.resource,
            secret: connection.secret,
        };
        let tokens = TokenCache::new(credentials, http.clone(), clock);
        Self { http, api_base: connection.api_base, tokens }
    }

    /// Gets a Management API token, or has one already. For start-up checks and readiness.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::ScopeMissing`], [`Error::SecretUnavailable`] or [`Error::Transport`].
    pub async fn authorise(&self) -> Result<(), Error> {
        self.tokens.token().await.map(drop)
    }

    /// `GET /users/{userId}?includeSsoIdentities=true`: the whole account.
    ///
    /// # Errors
    /// 404 `entity.not_found` when there is no such user.
    pub async fn user(&self, user: &UserId) -> Result<User, Error> {
        let query = [("includeSsoIdentities", "true")];
        self.request(&endpoints::GET_USER, &[user.as_str()], &query, None::<&()>).await
    }

    /// `PATCH /users/{userId}`: name and avatar (`null` clears), or the whole profile, which is **replaced**.
    ///
    /// # Errors
    /// 404 `entity.not_found`; 400 `guard.invalid_input` and 422 `entity.value_too_long` for a bad value.
    pub async fn update_user(&self, user: &UserId, changes: &UserChanges) -> Result<User, Error> {
        self.request(&endpoints::UPDATE_USER, &[user.as_str()], &[], Some(changes)).await
    }

    /// `PATCH /users/{userId}/profile`: a shallow merge. `""` is stored as `""` and nothing can be removed; the
    /// address is replaced whole. To clear a field, replace the profile by [`Self::update_user`].
    ///
    /// # Errors
    /// As [`Self::update_user`].
    pub async fn update_profile(&self, user: &UserId, profile: &Profile) -> Result<Profile, Error> {
        let body = json!({ "profile": profile });
        self.request(&endpoints::UPDATE_PROFILE, &[user.as_str()], &[], Some(&body)).await
    }

    /// `GET /users/{userId}/custom-data`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn custom_data(&self, user: &UserId) -> Result<CustomData, Error> {
        self.request(&endpoints::GET_CUSTOM_DATA, &[user.as_str()], &[], None::<&()>).await
    }

    /// `PATCH /users/{userId}/custom-data`: merges top-level keys; what is nested below a key is replaced.
    ///
    /// # Errors
    /// 404 `entity.not_found`, 400 `guard.invalid_input`.
    pub async fn update_custom_data(&self, user: &UserId, changes: &CustomData) -> Result<CustomData, Error> {
        let body = json!({ "customData": changes });
        self.request(&endpoints::UPDATE_CUSTOM_DATA, &[user.as_str()], &[], Some(&body)).await
    }

    /// `GET /users/{userId}/roles`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn user_roles(&self, user: &UserId) -> Result<Vec<Role>, Error> {
        self.request(&endpoints::GET_USER_ROLES, &[user.as_str()], &[], None::<&()>).await
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

    /// Sends one request and reads its answer. A 401 is tried once more with a new token.
    async fn request<T: DeserializeOwned>(
        &self,
        endpoint: &Endpoint,
        values: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<T, Error> {
        let url = format!("{}{}", self.api_base.as_str().trim_end_matches('/'), endpoint.path(values)?);
        let url = Url::parse(&url).map_err(|_| Error::InvalidArgument)?;
        let method = Method::from_bytes(endpoint.method.as_bytes()).map_err(|_| Error::InvalidArgument)?;
        let mut attempts_left = 2;
        loop {
            attempts_left -= 1;
            let token = if endpoint.authorised { Some(self.tokens.token().await?) } else { None };
            let mut request = self.http.request(method.clone(), url.clone());
            if !query.is_empty() {
                request = request.query(query);
            }
            if let Some(token) = &token {
                request = request.bearer_auth(token.expose());
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await.map_err(|error| Error::from_reqwest(&error))?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let id = logto_request_id(&headers);
            tracing::debug!(
                method = endpoint.method,
                path = endpoint.template,
                status,
                logto_core_request_id = id.as_deref(),
                "asked Logto"
            );
            let body = read_bounded(response).await?;
            match (status, token) {
                (200..=299, _) => return parse(&body, id),
                (401, Some(token)) if attempts_left > 0 => self.tokens.forget(&token),
                _ => return Err(Error::Refused(refused(status, &headers, &body))),
            }
        }
    }
}

/// Reads a good answer. Only the fields that the type names are read.
fn parse<T: DeserializeOwned>(body: &[u8], logto_request_id: Option<String>) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|_| Error::Unusable { reason: "the body has not the expected shape", logto_request_id })
}
