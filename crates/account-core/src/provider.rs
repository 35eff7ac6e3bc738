//! The identity provider: its metadata, its keys, and the three calls made to it (code, refresh, revocation).
//!
//! `openidconnect` composes and reads everything except the revocation request, which its OAuth layer sends to
//! https only (a sandbox on this machine speaks http).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreErrorResponseType, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthorizationCode, ClientId, CsrfToken, DiscoveryError, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::Error;
use crate::http::{Http, HttpError};

/// Asked for at sign-in beside `openid`: the profile for the ID token, a refresh token, and every scope of the
/// settings API.
const SCOPES: [&str; 6] =
    ["profile", "offline_access", "account:read", "account:write", "account:security", "account:delete"];
/// How long Logto's browser session lives. Sent as `max_age`, it makes no living session too old, so nobody is asked
/// anything; but the ID token then says when the person signed in, which tells this session from the others.
const BROWSER_SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Between two fetches of the keys because of an unknown key id, in milliseconds (N5).
const KEYS_REFETCH_INTERVAL: u64 = 60_000;

/// What Logto's discovery document has beyond the fields the library knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Extra {
    revocation_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Extra {}

type Metadata = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;
type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// Why the token endpoint gave no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFailure {
    /// `invalid_grant`: the code or the refresh token is dead.
    InvalidGrant,
    /// Nothing was sent, or nothing came back in time.
    Unreachable,
    /// The request was sent and the connection broke before the whole answer was here.
    AnswerLost,
    /// 5xx or 429.
    Unavailable,
    /// Another error, or an answer that is none.
    Refused,
}

/// An issuer whose discovery document names itself.
pub(crate) struct Provider {
    http: Http,
    issuer: IssuerUrl,
    metadata: Metadata,
    token_url: TokenUrl,
    keys: Mutex<Keys>,
    /// When the document was fetched, in milliseconds since the epoch.
    pub(crate) fetched_at: u64,
}

struct Keys {
    set: CoreJsonWebKeySet,
    refetched_at: Option<u64>,
}

/// What the browser is wanted for.
#[derive(Clone, Copy)]
pub(crate) enum Wish<'a> {
    /// A session that lasts: a refresh token, and access tokens for this resource.
    Session { resource: &'a str },
    /// Nothing but a proof of who sits there now: a fresh sign-in, named by the settings server's nonce. It asks for no
    /// access: in the same browser session its tokens belong to the app's own grant.
    Proof { nonce: &'a SecretString },
}

/// What a trip through the browser sends to the authorization endpoint.
pub(crate) struct AuthorizationRequest<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a Url,
    pub(crate) wish: Wish<'a>,
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a SecretString,
}

impl Provider {
    /// Fetches the discovery document and the keys.
    ///
    /// # Errors
    /// `Offline`, `IssuerUnavailable`, and `IssuerNotTrusted` when the document names another issuer or cannot be
    /// used.
    pub(crate) async fn discover(http: &Http, issuer: &str, now: u64) -> Result<Self, Error> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| Error::IssuerNotTrusted)?;
        let call = caller(http);
        let metadata = Metadata::discover_async(issuer.clone(), &call).await.map_err(discovery_failure)?;
        if metadata.issuer().as_str() != issuer.as_str() {
            return Err(Error::IssuerNotTrusted);
        }
        let token_url = metadata.token_endpoint().cloned().ok_or(Error::IssuerNotTrusted)?;
        let keys = Mutex::new(Keys { set: metadata.jwks().clone(), refetched_at: None });
        Ok(Self { http: http.clone(), issuer, metadata, token_url, keys, fetched_at: now })
    }

    /// The issuer, as it names itself.
    pub(crate) fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// True when every authorization response must carry `iss` (RFC 9207 §2.4).
    pub(crate) fn promises_iss(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    /// The keys as last fetched.
    pub(crate) fn keys(&self) -> CoreJsonWebKeySet {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).set.clone()
    }

    /// Fetches the keys again, at most once a minute; answers whether it did.
    pub(crate) async fn refetch_keys(&self, now: u64) -> Result<bool, Error> {
        {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if keys.refetched_at.is_some_and(|at| now.saturating_sub(at) < KEYS_REFETCH_INTERVAL) {
                return Ok(false);
            }
            keys.refetched_at = Some(now);
        }
        let call = caller(&self.http);
        let set = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &call)
            .await
            .map_err(discovery_failure)?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).set = set;
        Ok(true)
    }

    /// The address to open in the browser. A session needs `prompt=consent`, because Logto gives a refresh token
    /// only then; a proof needs `prompt=login` and `max_age=0`, and the scope `openid` alone, which the library adds.
    pub(crate) fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Url {
        let verifier = PkceCodeVerifier::new(request.verifier.expose_secret().to_owned());
        let state = request.state.to_owned();
        let nonce = request.nonce.to_owned();
        let client = self
            .client(request.client_id)
            .set_redirect_uri(RedirectUrl::from_url(request.redirect_uri.clone()));
        let asked = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        );
        let asked = match request.wish {
            Wish::Session { resource } => asked
                .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
                .add_prompt(CoreAuthPrompt::Consent)
                .set_max_age(BROWSER_SESSION_LIFETIME)
                .add_extra_param("resource", resource),
            Wish::Proof { .. } => asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
        };
        asked.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier)).url().0
    }

    /// Exchanges the code for tokens.
    pub(crate) async fn exchange_code(
        &self,
        request: &AuthorizationRequest<'_>,
        code: &SecretString,
    ) -> Result<CoreTokenResponse, TokenFailure> {
        let call = caller(&self.http);
        let client = self
            .client(request.client_id)
            .set_redirect_uri(RedirectUrl::from_url(request.redirect_uri.clone()));
        let asked = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(request.verifier.expose_secret().to_owned()));
        let asked = match request.wish {
            Wish::Session { resource } => asked.add_extra_param("resource", resource),
            Wish::Proof { .. } => asked,
        };
        asked.request_async(&call).await.map_err(|error| token_failure("code", &error))
    }

    /// Exchanges a refresh token for new tokens.
    pub(crate) async fn refresh(
        &self,
        client_id: &str,
        resource: &str,
        refresh_token: &SecretString,
    ) -> Result<CoreTokenResponse, TokenFailure> {
        let call = caller(&self.http);
        let token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        self.client(client_id)
            .exchange_refresh_token(&token)
            .add_extra_param("resource", resource)
            .request_async(&call)
            .await
            .map_err(|error| token_failure("refresh", &error))
    }

    /// Revokes a refresh token and with it the whole grant (RFC 7009).
    ///
    /// # Errors
    /// `IssuerFailed` when the issuer offers no revocation or refuses, `Offline`, `IssuerUnavailable`.
    pub(crate) async fn revoke(&self, client_id: &str, refresh_token: &SecretString) -> Result<(), Error> {
        let endpoint =
            self.metadata.additional_metadata().revocation_endpoint.as_ref().ok_or(Error::IssuerFailed)?;
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
                tracing::warn!(status = status.as_u16(), "the identity provider refused a revocation");
                Err(Error::IssuerFailed)
            }
        }
    }

    /// The address that ends the browser's session and comes back to `<scheme>://signed-out`.
    pub(crate) fn end_session_url(&self, client_id: &str, scheme: &str) -> Option<Url> {
        let mut url = self.metadata.additional_metadata().end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("post_logout_redirect_uri", &format!("{scheme}://signed-out"));
        crate::http::is_allowed(&url).then_some(url)
    }

    fn client(&self, client_id: &str) -> Client {
        CoreClient::new(
            ClientId::new(client_id.to_owned()),
            self.issuer.clone(),
            CoreJsonWebKeySet::default(),
        )
        .set_auth_uri(self.metadata.authorization_endpoint().clone())
        .set_token_uri(self.token_url.clone())
    }
}

/// The HTTP client as the library calls it.
fn caller(
    http: &Http,
) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, HttpError>> + use<> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move { http.oauth(request).await })
    }
}

fn discovery_failure(error: DiscoveryError<HttpError>) -> Error {
    match error {
        DiscoveryError::Request(error) => issuer_failure(error),
        // The texts of the other variants may quote the answer.
        _ => {
            tracing::warn!("the identity provider's metadata or keys are unusable");
            Error::IssuerNotTrusted
        }
    }
}

fn issuer_failure(error: HttpError) -> Error {
    match error {
        HttpError::Unreachable | HttpError::AnswerLost => Error::Offline,
        HttpError::Unavailable => Error::IssuerUnavailable,
        HttpError::UrlRefused | HttpError::Redirected | HttpError::TooLarge => Error::IssuerNotTrusted,
    }
}

fn token_failure(grant: &'static str, error: &TokenError) -> TokenFailure {
    let failure = match error {
        RequestTokenError::ServerResponse(response) => {
            if *response.error() == CoreErrorResponseType::InvalidGrant {
                TokenFailure::InvalidGrant
            } else {
                TokenFailure::Refused
            }
        }
        RequestTokenError::Request(HttpError::Unreachable) => TokenFailure::Unreachable,
        RequestTokenError::Request(HttpError::AnswerLost) => TokenFailure::AnswerLost,
        RequestTokenError::Request(HttpError::Unavailable) => TokenFailure::Unavailable,
        _ => TokenFailure::Refused,
    };
    tracing::info!(grant, ?failure, "no tokens");
    failure
}

impl From<TokenFailure> for Error {
    fn from(failure: TokenFailure) -> Self {
        match failure {
            TokenFailure::InvalidGrant => Self::SessionEnded,
            TokenFailure::Unreachable | TokenFailure::AnswerLost => Self::Offline,
            TokenFailure::Unavailable => Self::IssuerUnavailable,
            TokenFailure::Refused => Self::IssuerFailed,
        }
    }
}
