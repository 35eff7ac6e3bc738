//! HTTP to a provider, by the client that requests to Logto use, too.

use std::future::Future;
use std::pin::Pin;

use http::StatusCode;
use logto_client::{Error, TransportFailure, read_bounded};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// The HTTP client of one provider.
pub(super) struct ProviderHttp<'a> {
    pub(super) client: Option<&'a reqwest::Client>,
    /// Whether its documents may name addresses without TLS: only where the provider is on this machine.
    pub(super) allows_http: bool,
}

/// Why a request failed. Says nothing of what was sent or answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestFailed {
    #[error("it cannot be reached: {0}")]
    Transport(TransportFailure),
    #[error("it names an address that is not https")]
    NotHttps,
    #[error("it is overloaded, or has failed")]
    Unavailable,
    #[error("its answer cannot be used")]
    Unusable,
}

impl From<Error> for RequestFailed {
    fn from(error: Error) -> Self {
        match error {
            Error::Transport(failure) => Self::Transport(failure),
            _ => Self::Unusable,
        }
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderHttp<'_> {
    type Error = RequestFailed;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, RequestFailed>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl ProviderHttp<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestFailed> {
        let failed = |error: reqwest::Error| RequestFailed::from(Error::from(error));
        if request.uri().scheme_str() != Some("https") && !self.allows_http {
            return Err(RequestFailed::NotHttps);
        }
        let client = self.client.ok_or(RequestFailed::Unusable)?;
        let request = request.try_into().map_err(failed)?;
        let mut answer = client.execute(request).await.map_err(failed)?;
        if answer.status().is_server_error() || answer.status() == StatusCode::TOO_MANY_REQUESTS {
            return Err(RequestFailed::Unavailable);
        }
        let mut whole = HttpResponse::new(read_bounded(&mut answer).await?);
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = answer.headers().clone();
        Ok(whole)
    }
}
