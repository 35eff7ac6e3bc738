//! The identity provider: its metadata, its keys, and the three calls made to it (code, refresh, revocation).
//!
//! `oauth2` composes and reads everything except the revocation request, which it sends to https only (a sandbox on this
//! machine speaks http).

mod keys;
mod metadata;
mod tokens;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use account_api::secret::SecretText;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode, header};
use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, ResponseType, Scope,
    StandardRevocableToken, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub(crate) use self::keys::{Keys, algorithm};
use self::metadata::Metadata;
use self::tokens::TokenAnswer;
pub(crate) use self::tokens::{TokenFailure, Tokens};
use crate::error::Error;
use crate::http::{Http, HttpError};

/// The scopes of a sign-in in addition to `openid`: the profile for the ID token, a refresh token, and every scope of the
/// settings API.
const SCOPES: [&str; 6] =
    ["profile", "offline_access", "account:read", "account:write", "account:security", "account:delete"];
/// How long a browser session of Logto lasts. As `max_age` it is never exceeded, so it causes no sign-in prompt; but the ID
/// token then has `auth_time`, which distinguishes this session from the user's others.
const BROWSER_SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// The minimum time between two fetches of the keys because of an unknown key id (N5).
const KEYS_REFETCH_INTERVAL: Duration = Duration::from_secs(60);

type Client = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// An issuer whose discovery document names that issuer.
pub(crate) struct Provider {
    http: Http,
    issuer: String,
    metadata: Metadata,
    keys: Mutex<FetchedKeys>,
    /// When the document was fetched, on the clock that cannot be set.
    pub(crate) fetched_at: Duration,
}

struct FetchedKeys {
    set: Keys,
    refetched_at: Option<Duration>,
}

/// Why the browser is opened.
#[derive(Clone, Copy)]
pub(crate) enum AuthorizationPurpose<'a> {
    /// A lasting session: a refresh token, and access tokens for this resource.
    Session { resource: &'a str },
    /// A fresh sign-in as a proof for a step-up, with the settings server's nonce. It requests no access: in the same
    /// browser session its tokens belong to the app's own grant.
    Proof { nonce: &'a SecretText },
}

/// What the flow sends to the authorization endpoint.
pub(crate) struct AuthorizationRequest<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a Url,
    pub(crate) purpose: AuthorizationPurpose<'a>,
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a SecretString,
}

impl Provider {
    /// Fetches the discovery document and the keys.
    ///
    /// # Errors
    /// `Offline`, `Connection`, `IssuerUnavailable`, and `IssuerNotTrusted` when the document names another issuer or
    /// cannot be used.
    pub(crate) async fn discover(http: &Http, issuer: &str, now: Duration) -> Result<Self, Error> {
        let document_url = metadata::document_url(issuer).ok_or(Error::IssuerNotTrusted)?;
        let document = fetch(http, &document_url).await?;
        let metadata = Metadata::read(&document, issuer).map_err(unusable)?;
        let keys = fetch(http, &metadata.jwks_uri).await?;
        let set = Keys::read(&keys).map_err(unusable)?;
        let keys = Mutex::new(FetchedKeys { set, refetched_at: None });
        Ok(Self { http: http.clone(), issuer: issuer.to_owned(), metadata, keys, fetched_at: now })
    }

    /// Returns the issuer as it names itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether every authorization response must carry `iss` (RFC 9207 §2.4).
    pub(crate) fn promises_iss(&self) -> bool {
        self.metadata.promises_iss
    }

    /// Returns the keys as last fetched.
    pub(crate) fn keys(&self) -> Keys {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).set.clone()
    }

    /// Fetches the keys again, at most once a minute, and returns whether it did.
    ///
    /// # Errors
    /// As [`Provider::discover`].
    pub(crate) async fn refetch_keys(&self, now: Duration) -> Result<bool, Error> {
        {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if keys.refetched_at.is_some_and(|at| now.saturating_sub(at) < KEYS_REFETCH_INTERVAL) {
                return Ok(false);
            }
            keys.refetched_at = Some(now);
        }
        let set = Keys::read(&fetch(&self.http, &self.metadata.jwks_uri).await?).map_err(unusable)?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).set = set;
        Ok(true)
    }

    /// Returns the URL to open in the browser. A session needs `prompt=consent`, because Logto returns a refresh
    /// token only then; a proof needs `prompt=login` and `max_age=0`, and the scope `openid` alone.
    pub(crate) fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Url {
        let verifier = PkceCodeVerifier::new(request.verifier.expose_secret().to_owned());
        let state = request.state.to_owned();
        let client = self
            .client(request.client_id)
            .set_redirect_uri(RedirectUrl::from_url(request.redirect_uri.clone()));
        let asked = client
            .authorize_url(move || CsrfToken::new(state))
            .set_response_type(&ResponseType::new("code".to_owned()))
            .add_scope(Scope::new("openid".to_owned()))
            .add_extra_param("nonce", request.nonce);
        let asked = match request.purpose {
            AuthorizationPurpose::Session { resource } => asked
                .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
                .add_extra_param("prompt", "consent")
                .add_extra_param("max_age", BROWSER_SESSION_LIFETIME.as_secs().to_string())
                .add_extra_param("resource", resource),
            AuthorizationPurpose::Proof { .. } => {
                asked.add_extra_param("prompt", "login").add_extra_param("max_age", "0")
            }
        };
        asked.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier)).url().0
    }

    /// Exchanges the code for tokens.
    pub(crate) async fn exchange_code(
        &self,
        request: &AuthorizationRequest<'_>,
        code: &SecretString,
    ) -> Result<Tokens, TokenFailure> {
        let client = self
            .client(request.client_id)
            .set_redirect_uri(RedirectUrl::from_url(request.redirect_uri.clone()));
        let asked = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(request.verifier.expose_secret().to_owned()));
        let asked = match request.purpose {
            AuthorizationPurpose::Session { resource } => asked.add_extra_param("resource", resource),
            AuthorizationPurpose::Proof { .. } => asked,
        };
        let call = Call::new(&self.http);
        let answer = asked.request_async(&call.sender()).await;
        answer.map(|answer| call.tokens(&answer)).map_err(|error| TokenFailure::new("code", error))
    }

    /// Exchanges a refresh token for new tokens.
    pub(crate) async fn refresh(
        &self,
        client_id: &str,
        resource: &str,
        refresh_token: &SecretString,
    ) -> Result<Tokens, TokenFailure> {
        let token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let call = Call::new(&self.http);
        let answer = self
            .client(client_id)
            .exchange_refresh_token(&token)
            .add_extra_param("resource", resource)
            .request_async(&call.sender())
            .await;
        answer.map(|answer| call.tokens(&answer)).map_err(|error| TokenFailure::new("refresh", error))
    }

    /// Revokes a refresh token and with it the whole grant (RFC 7009).
    ///
    /// # Errors
    /// `IssuerFailed` when the issuer offers no revocation or refuses, `Offline`, `Connection`, `IssuerUnavailable`.
    pub(crate) async fn revoke(&self, client_id: &str, refresh_token: &SecretString) -> Result<(), Error> {
        let endpoint = self.metadata.revocation_endpoint.as_ref().ok_or(Error::IssuerFailed)?;
        let form = [
            ("token", refresh_token.expose_secret()),
            ("token_type_hint", "refresh_token"),
            ("client_id", client_id),
        ];
        let request = self.http.request(Method::POST, endpoint).map_err(issuer_failure)?.form(&form);
        let answer = self.http.send(request).await.map_err(issuer_failure)?;
        match answer.status {
            StatusCode::OK => Ok(()),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Error::IssuerUnavailable)
            }
            status => {
                tracing::warn!(status = status.as_u16(), "identity provider: refused a revocation");
                Err(Error::IssuerFailed)
            }
        }
    }

    /// Returns the URL that ends the browser's session and redirects to `<scheme>://signed-out`.
    pub(crate) fn end_session_url(&self, client_id: &str, scheme: &str) -> Option<Url> {
        let mut url = self.metadata.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("post_logout_redirect_uri", &format!("{scheme}://signed-out"));
        crate::http::is_allowed(&url).then_some(url)
    }

    fn client(&self, client_id: &str) -> Client {
        oauth2::Client::new(ClientId::new(client_id.to_owned()))
            .set_auth_uri(AuthUrl::from_url(self.metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(self.metadata.token_endpoint.clone()))
    }
}

/// One request to the token endpoint. Records the time that the answer names.
struct Call {
    http: Http,
    answered_at: Arc<OnceLock<u64>>,
}

impl Call {
    fn new(http: &Http) -> Self {
        Self { http: http.clone(), answered_at: Arc::default() }
    }

    /// Returns the HTTP client in the form that the library calls.
    fn sender(&self) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, HttpError>> + use<> {
        let (http, answered_at) = (self.http.clone(), Arc::clone(&self.answered_at));
        move |request| {
            let (http, answered_at) = (http.clone(), Arc::clone(&answered_at));
            Box::pin(async move {
                let response = http.oauth(request).await?;
                if let Some(date) = response.headers().get(header::DATE).and_then(date) {
                    let _ = answered_at.set(date);
                }
                Ok(response)
            })
        }
    }

    fn tokens(&self, answer: &TokenAnswer) -> Tokens {
        Tokens::new(answer, self.answered_at.get().copied())
    }
}

/// Parses a `Date` header into milliseconds since the epoch.
fn date(value: &http::HeaderValue) -> Option<u64> {
    let date = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since_epoch.as_millis()).ok()
}

/// Fetches a document of the identity provider.
async fn fetch(http: &Http, url: &Url) -> Result<Vec<u8>, Error> {
    let request = http.request(Method::GET, url).map_err(issuer_failure)?;
    let request = request.header(header::ACCEPT, "application/json");
    let answer = http.send(request).await.map_err(issuer_failure)?;
    match answer.status {
        StatusCode::OK => Ok(answer.body),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Error::IssuerUnavailable)
        }
        _ => Err(unusable("the document is not there")),
    }
}

fn unusable(reason: &'static str) -> Error {
    tracing::warn!(reason, "identity provider: metadata or keys unusable");
    Error::IssuerNotTrusted
}

fn issuer_failure(error: HttpError) -> Error {
    match error {
        HttpError::Unreachable | HttpError::TimedOut | HttpError::AnswerLost => Error::Offline,
        HttpError::Connection(problem) => Error::Connection(problem),
        HttpError::Unavailable => Error::IssuerUnavailable,
        HttpError::UrlRefused | HttpError::Redirected | HttpError::TooLarge => Error::IssuerNotTrusted,
    }
}
