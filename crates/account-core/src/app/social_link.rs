//! Linking a social account through the system browser: one at a time, begun in the window and finished by a deep link.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use account_api::app::{Outcome, Page};
use account_api::error::{Code, ServerCode};
use account_api::secret::SecretText;
use account_api::social::{
    SocialLinkAnswer, SocialLinkBegunView, SocialLinkFinishRequest, SocialLinkPending, SocialLinkRequest,
    SocialLinkStart, SocialLinkedView,
};
use account_api::step_up::Purpose;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use url::Url;

use super::App;
use crate::backend::routes;
use crate::error::Error;
use crate::randomness;
use crate::session::Session;
use crate::social_link::{PendingLink, ReturnedLink};
use crate::step_up::StepUpRequirement;

/// The most deep links that are kept until they are looked at.
const MOST_RETURNED: usize = 4;

/// The link of the signed-in account, at most one.
pub(super) struct SocialLinks {
    known: Known,
    /// What deep links brought that was not looked at yet, the oldest first: at a cold start they come before the session. Any
    /// web page can send one, so that several are kept.
    returned: VecDeque<ReturnedLink>,
    is_waiting: bool,
    /// Counts what happened to them.
    changes: watch::Sender<u64>,
}

/// What is known of the link under way.
enum Known {
    /// Nothing: the keyring may have one.
    Unread,
    /// The link of this session, or that there is none, whatever the keyring has.
    Read(Weak<Session>, Option<Box<PendingLink>>),
}

impl Default for SocialLinks {
    fn default() -> Self {
        Self {
            known: Known::Unread,
            returned: VecDeque::new(),
            is_waiting: false,
            changes: watch::Sender::new(0),
        }
    }
}

impl SocialLinks {
    /// Wakes the call that waits.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Forgets the link of a session.
    fn forget(&mut self, session: &Arc<Session>) {
        self.know(session, None);
        self.returned.clear();
        self.changed();
    }

    fn know(&mut self, session: &Arc<Session>, link: Option<PendingLink>) {
        self.known = Known::Read(Arc::downgrade(session), link.map(Box::new));
    }

    /// Returns what is known of the link of a session; `None` when the keyring was not read for it.
    fn of(&self, session: &Arc<Session>) -> Option<Option<PendingLink>> {
        match &self.known {
            Known::Read(of, link) if std::ptr::eq(of.as_ptr(), Arc::as_ptr(session)) => {
                Some(link.as_deref().cloned())
            }
            Known::Read(..) | Known::Unread => None,
        }
    }
}

/// The one call that waits. Dropping it lets another one wait.
struct Waiting(Arc<App>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.inner().social.is_waiting = false;
    }
}

impl App {
    /// Begins to link an account of a provider, and opens the system browser there.
    ///
    /// # Errors
    /// `SocialLinkInProgress` while another one is awaited, `SocialLinkElsewhere`, `BrowserUnavailable`, and as [`App::account_refresh`]; from
    /// the server `Conflict`, `SocialNotLinkable` and `SocialProviderUnreachable`.
    pub async fn social_link_begin(
        self: &Arc<Self>,
        account_id: &str,
        start: SocialLinkStart,
    ) -> Result<Outcome<SocialLinkPending>, Error> {
        let session = self.session(account_id)?;
        if self.inner().social.is_waiting {
            return Err(Error::SocialLinkInProgress);
        }
        let SocialLinkStart { target, replaces } = start;
        let (purpose, proven) = match &replaces {
            Some(key) => (Purpose::SwitchSocial, key.clone()),
            None => (Purpose::LinkSocial, target.clone()),
        };
        let verifier = SecretString::from(randomness::token::<32>(self.dependencies.randomness.as_ref())?);
        let verifier_hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()));
        let request = SocialLinkRequest { target: target.clone(), replaces: replaces.clone(), verifier_hash };
        let requirement = StepUpRequirement { purpose, target: proven };
        let begun = self.sensitive(&session, requirement, routes::social_link(&request)?).await?;
        let SocialLinkBegunView { state, authorization_uri, expires_in, direct_redirect_uri } = match begun {
            Outcome::Done { answer } => answer,
            Outcome::StepUp { step_up } => return Ok(Outcome::StepUp { step_up }),
        };
        let own = format!("{}://social/", self.config.scheme);
        if direct_redirect_uri.as_ref().is_some_and(|uri| !uri.starts_with(&own)) {
            // The answer would go to another app.
            return Err(Error::IssuerFailed);
        }
        if direct_redirect_uri.is_some() && !self.dependencies.host.owns_scheme(&self.config.scheme) {
            // Another program would get the provider's code, and could link the account elsewhere.
            return Err(Error::SocialLinkElsewhere);
        }
        let url = Url::parse(authorization_uri.expose()).ok().filter(|url| url.scheme() == "https");
        let now = self.dependencies.clock.now();
        let link = PendingLink {
            target,
            replaces: replaces.is_some(),
            state: SecretString::from(state.expose()),
            verifier,
            url: url.ok_or(Error::IssuerFailed)?,
            direct_redirect_uri,
            until: now.saturating_add(u64::from(expires_in) * 1_000),
            answer: None,
        };
        self.keep_link(&session, &link).await?;
        self.dependencies.host.open_in_browser(&link.url)?;
        Ok(Outcome::Done { answer: link.view(now) })
    }

    /// Returns the link under way, also one that was begun before the app was started again.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`; `SocialLinkUnknown`, once, when a deep link came that belongs to none.
    pub async fn social_link_pending(&self, account_id: &str) -> Result<Option<SocialLinkPending>, Error> {
        let session = self.session(account_id)?;
        let link = self.link_of(&session).await;
        let now = self.dependencies.clock.now();
        let strangers = link.is_none().then(|| std::mem::take(&mut self.inner().social.returned));
        if strangers.is_some_and(|strangers| !strangers.is_empty()) {
            return Err(Error::SocialLinkUnknown);
        }
        Ok(link.map(|link| link.view(now)))
    }

    /// Waits for the browser, and finishes the link.
    ///
    /// # Errors
    /// `SocialLinkInProgress` while another call waits, `SocialLinkCancelled`, `SocialLinkTimedOut`, and as
    /// [`App::account_refresh`]; from the server `SocialDeclined`, `SocialProviderFailed`, `SocialProviderUnreachable`,
    /// `SocialLinkOver`, `IdentifierUnavailable`, `Conflict` and `SocialNotLinkable`. Where a later call may succeed, the
    /// link stays.
    pub async fn social_link_wait(self: &Arc<Self>, account_id: &str) -> Result<SocialLinkedView, Error> {
        let _waiting = {
            let mut inner = self.inner();
            if inner.social.is_waiting {
                return Err(Error::SocialLinkInProgress);
            }
            inner.social.is_waiting = true;
            Waiting(Arc::clone(self))
        };
        let mut changes = self.inner().social.changes.subscribe();
        loop {
            let session = self.session(account_id)?;
            let link = self.link_of(&session).await.ok_or(Error::SocialLinkCancelled)?;
            let left = link.until.saturating_sub(self.dependencies.clock.now());
            if left == 0 {
                self.forget_link(&session).await;
                return Err(Error::SocialLinkTimedOut);
            }
            if let Some(answer) = &link.answer {
                return self.finish_link(&session, &link, answer).await;
            }
            tokio::select! {
                changed = changes.changed() => changed.map_err(|_| Error::SocialLinkCancelled)?,
                () = self.dependencies.clock.sleep(Duration::from_millis(left)) => {}
            }
        }
    }

    /// Opens the browser again for the link under way.
    ///
    /// # Errors
    /// `SocialLinkUnknown` when there is none, `BrowserUnavailable`.
    pub async fn social_link_reopen(&self, account_id: &str) -> Result<(), Error> {
        let link = self.link_of(&self.session(account_id)?).await.ok_or(Error::SocialLinkUnknown)?;
        self.dependencies.host.open_in_browser(&link.url)?;
        Ok(())
    }

    /// Copies the provider's address to the clipboard.
    ///
    /// # Errors
    /// `SocialLinkUnknown` when no link is under way, `ClipboardUnavailable`.
    pub async fn social_link_copy_link(&self, account_id: &str) -> Result<(), Error> {
        let link = self.link_of(&self.session(account_id)?).await.ok_or(Error::SocialLinkUnknown)?;
        self.dependencies.host.copy_to_clipboard(link.url.as_str())?;
        Ok(())
    }

    /// Cancels the link under way.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`.
    pub async fn social_link_cancel(&self, account_id: &str) -> Result<(), Error> {
        self.forget_link(&self.session(account_id)?).await;
        Ok(())
    }

    /// Takes what a deep link brought, and shows the page that finishes it.
    pub(super) fn take_returned_link(&self, returned: ReturnedLink) {
        {
            let mut inner = self.inner();
            if inner.social.returned.len() >= MOST_RETURNED {
                inner.social.returned.pop_front();
            }
            inner.social.returned.push_back(returned);
            inner.social.changed();
        }
        self.show_page(Page::Linked);
    }

    /// Returns the link of a session, with what the browser brought back.
    async fn link_of(&self, session: &Arc<Session>) -> Option<PendingLink> {
        let known = self.inner().social.of(session);
        let mut link = match known {
            Some(link) => link?,
            None => {
                let kept =
                    self.dependencies.store.get(&PendingLink::item(&session.identity)).await.ok()??;
                let link = PendingLink::read(&kept)?;
                let mut inner = self.inner();
                // A link that began or ended meanwhile is the newer one.
                if inner.social.of(session).is_none() {
                    inner.social.know(session, Some(link));
                }
                inner.social.of(session)??
            }
        };
        if link.until <= self.dependencies.clock.now() {
            if self.inner().social.is_waiting {
                // The waiting call says that it took too long.
                return Some(link);
            }
            self.forget_link(session).await;
            return None;
        }
        let all = std::mem::take(&mut self.inner().social.returned);
        let returned = all.into_iter().find(|returned| link.is_answered_by(returned));
        if let Some(returned) = returned {
            link.answer = Some(returned.answer);
            self.keep_link(session, &link).await.ok()?;
        }
        Some(link)
    }

    async fn finish_link(
        self: &Arc<Self>,
        session: &Arc<Session>,
        link: &PendingLink,
        answer: &SocialLinkAnswer,
    ) -> Result<SocialLinkedView, Error> {
        let secret = |text: &SecretString| SecretText::new(text.expose_secret().to_owned());
        let request = SocialLinkFinishRequest {
            state: secret(&link.state),
            verifier: secret(&link.verifier),
            answer: answer.clone(),
        };
        let linked = self.ask(session, routes::social_link_finish(&request)?).await;
        if linked.as_ref().map_or_else(is_decided, |_| true) {
            self.forget_link(session).await;
        }
        linked
    }

    /// Keeps a link in memory, and in the keyring where there is one: a cold start finishes it.
    ///
    /// # Errors
    /// `SignedOut` when the session has ended: then nothing is kept.
    async fn keep_link(&self, session: &Arc<Session>, link: &PendingLink) -> Result<(), Error> {
        self.inner().social.know(session, Some(link.clone()));
        let kept = self.dependencies.store.set(&PendingLink::item(&session.identity), link.write()).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "keyring: a link is not kept (it ends with the app)");
        }
        // Ending a session marks it first and erases its link afterwards, so this check misses none.
        if session.is_over() {
            self.forget_link(session).await;
            return Err(Error::SignedOut);
        }
        Ok(())
    }

    /// Forgets the link under way.
    pub(super) async fn forget_link(&self, session: &Arc<Session>) {
        self.inner().social.forget(session);
        if let Err(error) = self.dependencies.store.delete(&PendingLink::item(&session.identity)).await {
            tracing::warn!(%error, "keyring: a link was not erased (it is over in ten minutes)");
        }
    }
}

/// Whether another try with the same answer would fail in the same way.
fn is_decided(error: &Error) -> bool {
    let decided = [
        ServerCode::SocialLinkOver,
        ServerCode::SocialDeclined,
        ServerCode::SocialProviderFailed,
        ServerCode::SocialNotLinkable,
        ServerCode::IdentifierUnavailable,
        ServerCode::Conflict,
        ServerCode::FieldNotEditable,
        ServerCode::LastSignInMethod,
    ];
    matches!(error.code(), Code::Server(code) if decided.contains(&code))
}
