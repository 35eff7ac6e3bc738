//! Links, and pictures for the page.

use account_api::app::Page;
use account_api::error::{AppCode, Code};

use super::App;
use super::state::Phase;
use crate::deep_link::{self, Link};
use crate::error::Error;

impl App {
    /// Opens the allow-listed page of a deep link or program argument. Focuses the window only for links that are
    /// allowed.
    ///
    /// # Errors
    /// `LinkNotAllowed`; `SignInStartAgain` for the answer to a sign-in that none waits for.
    pub fn open_link(&self, raw: &str) -> Result<(), Error> {
        let link = deep_link::parse(raw, &self.config.scheme).inspect_err(|_| {
            tracing::warn!(length = raw.len(), "link: not allowed");
        })?;
        self.dependencies.host.focus_window();
        match link {
            Link::SignedOut => Ok(()),
            Link::Open(page) => {
                self.show_page(page);
                Ok(())
            }
            Link::SocialReturn(returned) => {
                self.take_returned_link(returned);
                Ok(())
            }
            Link::SignInAnswer(query) => {
                // A flow that has ended takes nothing any more.
                let links = self.inner().sign_in_links.clone();
                if links.is_some_and(|links| links.try_send(query).is_ok()) {
                    return Ok(());
                }
                self.change(|inner| match inner.phase {
                    Phase::SignedOut { .. } => {
                        inner.phase = Phase::SignedOut { notice: Some(Code::App(AppCode::SignInStartAgain)) };
                    }
                    Phase::Starting { .. } => inner.start_again = true,
                    Phase::SigningIn(_) | Phase::SignedIn(_) => {}
                });
                Err(Error::SignInStartAgain)
            }
        }
    }

    /// Navigates the page, as soon as it listens.
    pub(super) fn show_page(&self, page: Page) {
        let navigate = {
            let mut inner = self.inner();
            inner.pending_page = (!inner.page_listens).then_some(page);
            inner.page_listens
        };
        if navigate {
            self.dependencies.host.navigate(page);
        }
    }

    /// Returns the page that a link requested before the page listened. Called once; after that, links navigate
    /// directly.
    #[must_use]
    pub fn pending_page(&self) -> Option<Page> {
        let mut inner = self.inner();
        inner.page_listens = true;
        inner.pending_page.take()
    }

    /// Fetches a picture and returns it as a `data:` URL.
    ///
    /// # Errors
    /// `PictureUnavailable`.
    pub async fn picture(&self, url: &str) -> Result<String, Error> {
        self.pictures.fetch(url).await
    }
}
