//! Where the browser returns to: a port of 127.0.0.1, or a link of the app's private scheme (RFC 8252 §7.1, §7.3).

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use url::Url;

use super::answer::{Callback, Query, read_answer};
use super::loopback::Loopback;
use crate::error::Error;

/// How many links may wait to be looked at. Any web page can send one.
const MOST_LINKS: usize = 4;

/// Where the browser returns to.
pub(crate) enum Redirect {
    Loopback(Loopback),
    Link(LinkAnswers),
}

/// The queries of links to `<scheme>://callback`.
pub(crate) struct LinkAnswers {
    redirect_uri: Url,
    queries: mpsc::Receiver<SecretString>,
}

/// Passes the queries of links on to a flow. They are dropped once it has ended.
pub(crate) type LinkSender = mpsc::Sender<SecretString>;

impl Redirect {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// `Internal` without a port.
    pub(crate) async fn loopback() -> Result<Self, Error> {
        let loopback = Loopback::bind().await.map_err(|error| {
            tracing::error!(%error, "sign-in listener: no free port on 127.0.0.1");
            Error::Internal("no loopback port")
        })?;
        Ok(Self::Loopback(loopback))
    }

    /// Waits for links of the private scheme, which the returned sender passes on.
    ///
    /// # Errors
    /// `Internal` when the scheme makes no URI.
    pub(crate) fn link(scheme: &str) -> Result<(Self, LinkSender), Error> {
        let redirect_uri =
            Url::parse(&format!("{scheme}://callback")).map_err(|_| Error::Internal("no redirect URI"))?;
        let (sender, queries) = mpsc::channel(MOST_LINKS);
        Ok((Self::Link(LinkAnswers { redirect_uri, queries }), sender))
    }

    /// Returns the redirect URI.
    ///
    /// # Errors
    /// `Internal` when there is none.
    pub(super) fn uri(&self) -> Result<Url, Error> {
        match self {
            Self::Loopback(loopback) => loopback.redirect_uri().ok_or(Error::Internal("no redirect URI")),
            Self::Link(link) => Ok(link.redirect_uri.clone()),
        }
    }

    /// Waits for the answer with this state.
    pub(super) async fn wait(&mut self, state: &str) -> Callback {
        match self {
            Self::Loopback(loopback) => loopback.wait(state).await,
            Self::Link(link) => link.wait(state).await,
        }
    }
}

impl LinkAnswers {
    async fn wait(&mut self, state: &str) -> Callback {
        while let Some(query) = self.queries.recv().await {
            if let Query::Answer(callback) = read_answer(query.expose_secret(), state) {
                tracing::info!("the browser came back");
                return callback;
            }
            tracing::warn!("link: answer of another sign-in, refused");
        }
        // A newer flow has taken the place of this one, whose time will be up.
        std::future::pending().await
    }
}
