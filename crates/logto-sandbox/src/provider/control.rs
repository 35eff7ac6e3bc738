//! The providers of a running sandbox, as methods. `/__sandbox/providers` offers the same over HTTP.

use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use url::form_urlencoded::Serializer;

use super::code::ProviderAccount;
use super::orders::ProviderOrder;
use super::person::{self, ProviderReturn};
use super::{Provider, Providers, routes};
use crate::browser::BrowserError;
use crate::http::{Reply, Request};
use crate::sandbox::Sandbox;

/// The providers of a sandbox. Without `Options::social` there are none, and all texts are empty.
#[derive(Debug)]
pub struct ProviderControl<'a>(&'a Sandbox);

impl Sandbox {
    /// Returns the providers.
    pub fn providers(&self) -> ProviderControl<'_> {
        ProviderControl(self)
    }
}

impl ProviderControl<'_> {
    fn read(&self, read: impl Fn(&Providers) -> String) -> String {
        self.0.shared.state().providers.as_ref().map(read).unwrap_or_default()
    }

    /// `https://127.0.0.1:PORT`; a provider's paths begin with its target. The certificate is also for `localhost`.
    pub fn url(&self) -> String {
        self.read(|providers| providers.base_url.clone())
    }

    /// Returns the issuer of the OpenID provider.
    pub fn issuer(&self) -> String {
        self.read(Providers::issuer)
    }

    /// Returns the certificate of the authority that a client must trust.
    pub fn ca_pem(&self) -> String {
        self.read(|providers| providers.certificate.ca_pem.clone())
    }

    /// Returns the SHA-256 of the server's public key in base64, for Chromium's `--ignore-certificate-errors-spki-list`.
    pub fn spki_sha256(&self) -> String {
        self.read(|providers| providers.certificate.spki_sha256.clone())
    }

    /// Adds an order, after those already added.
    pub fn push(&self, order: ProviderOrder) {
        if let Some(providers) = &mut self.0.shared.state().providers {
            providers.orders.push(order);
        }
    }

    /// Removes all orders.
    pub fn clear(&self) {
        if let Some(providers) = &mut self.0.shared.state().providers {
            providers.orders.clear();
        }
    }

    /// Opens an authorization URI and continues as an account, without a browser. Returns where the user is sent.
    ///
    /// # Errors
    /// [`BrowserError`] when the page refuses, a fault closes the connection, or the URI is not of a provider here.
    pub async fn continue_as(
        &self,
        authorization_uri: &str,
        account: &ProviderAccount,
    ) -> Result<ProviderReturn, BrowserError> {
        let mut account = account.clone();
        let target = self.own(authorization_uri)?;
        let provider = target.split('/').nth(1).and_then(Provider::of);
        if let Some(provider) = provider.filter(|_| account.id.is_empty()) {
            let [id, email, name] = provider.account.map(str::to_owned);
            account = ProviderAccount { id, email, name, ..account };
        }
        let mut fields = vec![("account", account.id), ("email", account.email), ("name", account.name)];
        if !account.email_unverified {
            fields.push(("verified", "yes".to_owned()));
        }
        fields.push(("decision", "continue".to_owned()));
        self.submit(&target, fields).await
    }

    /// Opens an authorization URI and cancels.
    ///
    /// # Errors
    /// As [`Self::continue_as`].
    pub async fn cancel(&self, authorization_uri: &str) -> Result<ProviderReturn, BrowserError> {
        let target = self.own(authorization_uri)?;
        self.submit(&target, vec![("decision", "cancel".to_owned())]).await
    }

    /// Returns the path and query of a URI of the providers.
    fn own(&self, uri: &str) -> Result<String, BrowserError> {
        let base = self.url();
        let own = uri.strip_prefix(&base).filter(|rest| !base.is_empty() && rest.starts_with('/'));
        own.map(str::to_owned).ok_or(BrowserError::ForeignUrl)
    }

    async fn submit(
        &self,
        target: &str,
        fields: Vec<(&str, String)>,
    ) -> Result<ProviderReturn, BrowserError> {
        self.send(Request::new(Method::GET, target)).await?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request::new(Method::POST, path);
        let form = Serializer::new(String::new()).extend_pairs(fields).append_pair("request", query).finish();
        request.body = form.into();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, form_type);
        person::read(&self.send(request).await?).ok_or(BrowserError::TooManySteps)
    }

    async fn send(&self, request: Request) -> Result<Reply, BrowserError> {
        let reply = self.0.shared.answer(&routes::ENTRANCE, request, false).await;
        let reply = reply.ok_or(BrowserError::Dropped)?;
        if reply.status >= 400 {
            return Err(BrowserError::Refused { status: reply.status, code: None });
        }
        Ok(reply)
    }
}
