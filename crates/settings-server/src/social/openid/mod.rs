//! Providers whose code flow this server runs itself (OpenID Connect Core §3.1), because Logto's Management API
//! cannot: their connectors need a session of Logto's own.
//!
//! The client is that of Logto's connector, so that the account is the one that signs in there later. The provider's
//! documents are read anew for each step: links are rare, and keys that were rotated are then no case of their own.

mod client_secret;
mod connector;
mod http;
mod reason;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use account_api::secret::{SecretText, expose_on_wire};
use chrono::DateTime;
use logto_client::types::WholeIdentity;
use logto_client::{Clock, TransportSettings, http_client_with};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use connector::{misfit, misfits};
use http::ProviderHttp;

use crate::config::{Config, OpenIdProvider, ResponseMode};
use crate::error::Failure;
use crate::logto::upstream;
use crate::store::{Sealer, StoreError};

/// The algorithms that an ID token may be signed with: asymmetric ones only.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How much the provider's clock may differ from ours, in seconds.
const SKEW_S: i64 = 60;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What this server must remember until the provider has answered.
#[derive(Serialize, Deserialize)]
pub(crate) struct CodeFlow {
    #[serde(serialize_with = "expose_on_wire")]
    nonce: SecretText,
    /// The verifier of the code challenge (RFC 7636).
    #[serde(serialize_with = "expose_on_wire")]
    code_verifier: SecretText,
    /// Where the provider was asked to send the browser: the code is exchanged with the same (RFC 6749 §4.1.3).
    redirect_uri: String,
}

impl CodeFlow {
    /// Seals it for the store. `link` is the state of the link.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn seal(&self, sealer: &Sealer, link: &str) -> Result<Vec<u8>, StoreError> {
        sealer.seal_value(self, &context(link))
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub(crate) fn open(sealer: &Sealer, link: &str, sealed: &[u8]) -> Result<Self, Failure> {
        let flow = sealer.open_value(sealed, &context(link));
        flow.ok_or(StoreError::Corrupt("a code flow cannot be opened").into())
    }
}

fn context(link: &str) -> String {
    format!("code flow\0{link}")
}

/// The HTTP clients of the providers, by target.
pub(crate) struct OpenIdClients {
    http: HashMap<String, reqwest::Client>,
    clock: Arc<dyn Clock>,
    /// How long all requests of one step may take.
    patience: Duration,
}

impl OpenIdClients {
    /// Creates the clients.
    ///
    /// # Errors
    /// The error when the system's certificate store, or the provider's own authority, cannot be used.
    pub(crate) fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let mut http = HashMap::new();
        for provider in &config.social.openid {
            let settings = TransportSettings {
                request_timeout: config.limits.upstream_timeout,
                without_proxy: provider.is_on_this_machine(),
                ..TransportSettings::default()
            };
            http.insert(provider.target.clone(), http_client_with(settings, provider.ca_pem.as_deref())?);
        }
        Ok(Self { http, clock, patience: config.limits.upstream_timeout })
    }

    /// Makes an authorization request. Returns its URL, and what is needed to finish.
    ///
    /// # Errors
    /// `social_provider_unreachable`, `social_not_linkable`.
    pub(crate) async fn begin(
        &self,
        provider: &OpenIdProvider,
        redirect_uri: &str,
        link: &str,
    ) -> Result<(String, CodeFlow), Failure> {
        self.in_time(provider, self.request(provider, redirect_uri, link)).await
    }

    async fn request(
        &self,
        provider: &OpenIdProvider,
        redirect_uri: &str,
        link: &str,
    ) -> Result<(String, CodeFlow), Failure> {
        let (client, _) = self.client(provider, redirect_uri).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let link = CsrfToken::new(link.to_owned());
        let state = move || link;
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, state, Nonce::new_random);
        for scope in provider.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if let Some(mode) = provider.response_mode {
            request = request.add_extra_param(
                "response_mode",
                match mode {
                    ResponseMode::Query => "query",
                    ResponseMode::FormPost => "form_post",
                },
            );
        }
        let (url, _, nonce) = request.set_pkce_challenge(challenge).url();
        let flow = CodeFlow {
            nonce: SecretText::new(nonce.secret().clone()),
            code_verifier: SecretText::new(verifier.into_secret()),
            redirect_uri: redirect_uri.to_owned(),
        };
        Ok((url.into(), flow))
    }

    /// Exchanges a code, and verifies the ID token. Returns the account that the user has proven.
    ///
    /// # Errors
    /// `social_provider_failed` when the provider refuses the code or its ID token is not acceptable;
    /// `social_provider_unreachable`.
    pub(crate) async fn finish(
        &self,
        provider: &OpenIdProvider,
        code: &SecretText,
        flow: &CodeFlow,
    ) -> Result<WholeIdentity, Failure> {
        self.in_time(provider, self.exchange(provider, code, flow)).await
    }

    /// Runs a step, whose requests to the provider hold a user's lock together.
    async fn in_time<T>(
        &self,
        provider: &OpenIdProvider,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = tokio::time::timeout(self.patience, step).await;
        done.unwrap_or_else(|_| Err(unreachable(provider, "it takes too long")))
    }

    async fn exchange(
        &self,
        provider: &OpenIdProvider,
        code: &SecretText,
        flow: &CodeFlow,
    ) -> Result<WholeIdentity, Failure> {
        let (client, metadata) = self.client(provider, &flow.redirect_uri).await?;
        let secret = client_secret::read(provider, self.clock.now_unix_ms() / 1_000).map_err(|reason| {
            tracing::error!(
                provider = provider.target,
                reason,
                "social_openid: the client secret cannot be used"
            );
            Failure::new(account_api::error::ServerCode::Internal, "a client secret cannot be used")
        })?;
        let client = client.set_client_secret(secret).set_auth_type(auth_type(&metadata));
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .map_err(|_| unreachable(provider, "it names no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.code_verifier.expose().to_owned()));
        let http = self.http(provider);
        let answer: CoreTokenResponse = request.request_async(&http).await.map_err(|error| {
            let reason = reason::of_exchange(&error);
            match error {
                RequestTokenError::Request(_) => unreachable(provider, &reason),
                _ => refused(provider, &reason),
            }
        })?;
        let token = answer.id_token().ok_or_else(|| refused(provider, "there is no ID token"))?;
        let now = i64::try_from(self.clock.now_unix_ms() / 1_000).unwrap_or(i64::MAX);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || DateTime::from_timestamp(now.saturating_sub(SKEW_S), 0).unwrap_or_default())
            .set_issue_time_verifier_fn(move |issued| {
                match issued.timestamp() <= now.saturating_add(SKEW_S) {
                    true => Ok(()),
                    false => Err("issued in the future".to_owned()),
                }
            });
        let nonce = Nonce::new(flow.nonce.expose().to_owned());
        let claims = token.claims(&verifier, &nonce);
        let claims = claims.map_err(|error| refused(provider, reason::of_claims(&error)))?;
        // The library leaves these to its caller (OpenID Connect Core §3.1.3.7, steps 4 and 5; §2).
        if claims.authorized_party().is_some_and(|party| party.as_str() != provider.client_id) {
            return Err(refused(provider, "the ID token was issued to another client"));
        }
        if claims.subject().is_empty() {
            return Err(refused(provider, "the ID token names no user"));
        }
        Ok(identity(claims))
    }

    /// Reads the provider's documents.
    async fn client(
        &self,
        provider: &OpenIdProvider,
        redirect_uri: &str,
    ) -> Result<(Client, CoreProviderMetadata), Failure> {
        let issuer =
            IssuerUrl::new(provider.issuer.clone()).map_err(|_| refused(provider, "the issuer is no URL"))?;
        let redirect_uri = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|_| refused(provider, "the redirect URI is no URL"))?;
        let http = self.http(provider);
        let read = CoreProviderMetadata::discover_async(issuer, &http).await;
        // Discovery says what the provider is, not what the user did: later it may be right again.
        let metadata = read.map_err(|error| unreachable(provider, &reason::of_discovery(&error)))?;
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(provider.client_id.clone()),
            None,
        )
        .set_redirect_uri(redirect_uri);
        Ok((client, metadata))
    }

    fn http(&self, provider: &OpenIdProvider) -> ProviderHttp<'_> {
        ProviderHttp { client: self.http.get(&provider.target), allows_http: provider.is_on_this_machine() }
    }
}

/// Returns the account that verified claims are about, as Logto's connectors describe one: the address only if the provider
/// has verified it.
fn identity(claims: &CoreIdTokenClaims) -> WholeIdentity {
    let user_id = claims.subject().as_str().to_owned();
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(Value::from);
    let email = claims.email().filter(|_| claims.email_verified() == Some(true));
    let members = [
        ("id", Some(Value::from(user_id.as_str()))),
        ("name", text(claims.name().and_then(|name| name.get(None)).map(|name| name.as_str()))),
        ("email", text(email.map(|email| email.as_str()))),
        ("avatar", text(claims.picture().and_then(|url| url.get(None)).map(|url| url.as_str()))),
        ("rawData", raw_data(claims)),
    ];
    let details: Map<String, Value> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    WholeIdentity { user_id, details: Some(details) }
}

/// Returns the claims without what belongs to this one flow.
fn raw_data(claims: &CoreIdTokenClaims) -> Option<Value> {
    let mut claims = serde_json::to_value(claims).ok()?;
    for name in ["nonce", "at_hash", "c_hash"] {
        claims.as_object_mut()?.remove(name);
    }
    Some(claims)
}

/// Returns how the client authenticates (OpenID Connect Core §9): HTTP Basic unless the provider takes none.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    match metadata.token_endpoint_auth_methods_supported() {
        Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => AuthType::RequestBody,
        _ => AuthType::BasicAuth,
    }
}

fn refused(provider: &OpenIdProvider, reason: &str) -> Failure {
    tracing::warn!(provider = provider.target, reason, "social_openid: a provider's answer is refused");
    upstream::social_provider_failed()
}

fn unreachable(provider: &OpenIdProvider, reason: &str) -> Failure {
    tracing::warn!(provider = provider.target, reason, "social_openid: a provider cannot be used now");
    upstream::social_provider_unreachable()
}
