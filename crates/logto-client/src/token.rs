//! The Management API token: client credentials, cached, refreshed early, fetched once for all callers that wait.
//!
//! Measured on Logto 1.42: the scope `all` must be requested, otherwise Logto answers 200 with a token that is
//! refused everywhere; a token lives 3600 s.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::{
    AsyncHttpClient, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, Scope,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::clock::Clock;
use crate::error::{Error, RefusedAnswer};
use crate::single_flight::SingleFlight;
use crate::transport::{read_bounded, refused};

/// A token is renewed when less than this is left of its lifetime.
const RENEW_BEFORE_MS: u64 = 60_000;

/// The client secret could not be read now; the provider of the secret logs the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretUnavailable;

/// A source of the client secret. Called each time a token is requested, so that a rotated file needs no restart.
pub trait SecretSource: Send + Sync + 'static {
    /// Returns the secret as it is now.
    ///
    /// # Errors
    /// [`SecretUnavailable`] when it cannot be read.
    fn client_secret(&self) -> Result<SecretString, SecretUnavailable>;
}

impl<F> SecretSource for F
where
    F: Fn() -> Result<SecretString, SecretUnavailable> + Send + Sync + 'static,
{
    fn client_secret(&self) -> Result<SecretString, SecretUnavailable> {
        self()
    }
}

/// The application that requests a token, and the resource and scope of the token.
pub(crate) struct Credentials {
    pub(crate) token_endpoint: Url,
    pub(crate) client_id: String,
    pub(crate) resource: String,
    pub(crate) secret: Box<dyn SecretSource>,
}

#[derive(Clone)]
pub(crate) struct Token {
    value: Arc<SecretString>,
    renew_at_unix_ms: u64,
}

impl Token {
    pub(crate) fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// The cache. One for each client.
pub(crate) struct TokenCache {
    shared: Arc<Shared>,
    flight: SingleFlight<Result<Token, Error>>,
}

struct Shared {
    credentials: Credentials,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    token: Mutex<Option<Token>>,
}

impl TokenCache {
    pub(crate) fn new(credentials: Credentials, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared { credentials, http, clock, token: Mutex::new(None) }),
            flight: SingleFlight::default(),
        }
    }

    /// Returns the cached token, or a new one.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        if let Some(token) = self.shared.cached() {
            return Ok(token);
        }
        let shared = Arc::clone(&self.shared);
        self.flight
            .run(move || async move {
                if let Some(token) = shared.cached() {
                    return Ok(token);
                }
                let token = shared.request().await?;
                *shared.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
                Ok(token)
            })
            .await
    }

    /// Drops `refused`, unless another request has replaced it already.
    pub(crate) fn forget(&self, refused: &Token) {
        let mut token = self.shared.token.lock().unwrap_or_else(PoisonError::into_inner);
        if token.as_ref().is_some_and(|present| Arc::ptr_eq(&present.value, &refused.value)) {
            *token = None;
        }
    }
}

impl Shared {
    fn cached(&self) -> Option<Token> {
        let now = self.clock.now_unix_ms();
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.as_ref().filter(|token| now < token.renew_at_unix_ms).cloned()
    }

    async fn request(&self) -> Result<Token, Error> {
        let secret = self.credentials.secret.client_secret().map_err(|_| Error::SecretUnavailable)?;
        let requested_at = self.clock.now_unix_ms();
        let client = BasicClient::new(ClientId::new(self.credentials.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_token_uri(TokenUrl::from_url(self.credentials.token_endpoint.clone()));
        let sender = Sender(self.http.clone());
        let answer = client
            .exchange_client_credentials()
            .add_scope(Scope::new("all".to_owned()))
            .add_extra_param("resource", self.credentials.resource.clone())
            .request_async(&sender)
            .await
            .map_err(token_error)?;
        if !answer.scopes().is_some_and(|scopes| scopes.iter().any(|scope| scope.as_str() == "all")) {
            return Err(Error::ScopeMissing);
        }
        let life_ms =
            answer.expires_in().map_or(3_600_000, |life| u64::try_from(life.as_millis()).unwrap_or(u64::MAX));
        // A short-lived token is used for half of its lifetime rather than never.
        let usable_ms = life_ms.saturating_sub(RENEW_BEFORE_MS).max(life_ms / 2);
        let value = Arc::new(SecretString::from(answer.access_token().secret().to_owned()));
        Ok(Token { value, renew_at_unix_ms: requested_at.saturating_add(usable_ms) })
    }
}

fn token_error(error: RequestTokenError<Error, BasicErrorResponse>) -> Error {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Error::Unusable { reason: "the token answer is not as RFC 6749 has it", logto_request_id: None }
        }
    }
}

/// Our HTTP client in the shape that the `oauth2` crate expects.
struct Sender(reqwest::Client);

impl<'sender> AsyncHttpClient<'sender> for Sender {
    type Error = Error;
    type Future = BoxFuture<'sender, Result<HttpResponse, Error>>;

    fn call(&'sender self, request: HttpRequest) -> Self::Future {
        Box::pin(send(self.0.clone(), request))
    }
}

/// Sends one request of the `oauth2` crate through our HTTP client. Refusals become errors here, because only
/// here their status is known.
async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (parts, body) = request.into_parts();
    let mut response =
        http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body).send().await?;
    let status = response.status();
    let body = read_bounded(&mut response).await?;
    let headers = std::mem::take(response.headers_mut());
    if !status.is_success() {
        let answer: RefusedAnswer = refused(status.as_u16(), &headers, &body);
        return Err(Error::Token(answer));
    }
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
