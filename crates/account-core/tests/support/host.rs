//! A host without a window: it records its calls, and its browser is a user at the sandbox.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use account_api::app::{AppState, Page};
use account_core::{BrowserUnavailable, ClipboardUnavailable, Host};
use logto_sandbox::Browser;
use tokio::sync::watch;
use url::Url;

use super::http::{self, Reply};

/// What happens when the app opens the browser.
#[derive(Clone)]
pub(crate) enum TestUser {
    /// Signs in and returns to the app.
    SignsIn { username: &'static str, password: &'static str },
    /// Signs in, but the redirect is changed before the browser follows it.
    ComesBackWith { username: &'static str, password: &'static str, change: fn(&mut Url) },
    /// Returns at once, with a code, without having visited any page: for a scripted identity provider.
    ComesBackAtOnce { change: fn(&mut Url) },
    /// Cancels on the sign-in page and returns.
    Denies,
    /// Opens the page and does nothing.
    Waits,
    /// There is no browser.
    HasNoBrowser,
    /// The host panics.
    Crashes,
}

/// Every call of the core to its host.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) states: Vec<AppState>,
    pub(crate) opened: Vec<Url>,
    pub(crate) clipboard: Vec<String>,
    pub(crate) navigations: Vec<Page>,
    pub(crate) focused: usize,
    /// The answers of the loopback listener to the browser.
    pub(crate) replies: Vec<Reply>,
    /// Where the browser went after the sandbox's pages.
    pub(crate) landed: Vec<String>,
    pub(crate) fails_clipboard: bool,
    /// Whether links of the private scheme open another program.
    pub(crate) links_go_elsewhere: bool,
}

/// The host of one app.
pub(crate) struct TestHost {
    user: Mutex<TestUser>,
    browser: Mutex<Browser>,
    seen: Arc<Mutex<Seen>>,
    changes: Arc<watch::Sender<u64>>,
}

impl TestHost {
    pub(crate) fn new(browser: Browser, user: TestUser) -> Arc<Self> {
        Arc::new(Self {
            user: Mutex::new(user),
            browser: Mutex::new(browser),
            seen: Arc::default(),
            changes: Arc::new(watch::Sender::new(0)),
        })
    }

    /// Lets another user sit at the browser from now on, with an empty cookie jar.
    pub(crate) fn set_user(&self, user: TestUser, browser: Browser) {
        *self.user.lock().unwrap() = user;
        *self.browser.lock().unwrap() = browser;
    }

    /// Lets another user sit at the same browser from now on.
    pub(crate) fn seat(&self, user: TestUser) {
        *self.user.lock().unwrap() = user;
    }

    /// Reads what was recorded.
    pub(crate) fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap())
    }

    /// Waits until what was recorded satisfies a condition. Fails after 20 s.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&Seen) -> bool) {
        let mut changes = self.changes.subscribe();
        let waiting = async {
            while !condition(&self.seen.lock().unwrap()) {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .unwrap_or_else(|_| panic!("never: {what}"));
    }

    fn record(&self, note: impl FnOnce(&mut Seen)) {
        record(&self.seen, &self.changes, note);
    }
}

fn record(seen: &Mutex<Seen>, changes: &watch::Sender<u64>, note: impl FnOnce(&mut Seen)) {
    note(&mut seen.lock().unwrap());
    changes.send_modify(|count| *count += 1);
}

impl Host for TestHost {
    fn open_in_browser(&self, url: &Url) -> Result<(), BrowserUnavailable> {
        let user = self.user.lock().unwrap().clone();
        assert!(!matches!(user, TestUser::Crashes), "the host panics, as the test wants");
        if matches!(user, TestUser::HasNoBrowser) {
            return Err(BrowserUnavailable);
        }
        self.record(|seen| seen.opened.push(url.clone()));
        let browser = self.browser.lock().unwrap().clone();
        let (seen, changes) = (Arc::clone(&self.seen), Arc::clone(&self.changes));
        let url = url.to_string();
        tokio::spawn(async move {
            let landed = if url.contains("/session/end") {
                browser.open(&url).await
            } else {
                match &user {
                    TestUser::SignsIn { username, password }
                    | TestUser::ComesBackWith { username, password, .. } => {
                        browser.authorize(&url, username, password).await
                    }
                    TestUser::ComesBackAtOnce { .. } => Ok(at_once(&url)),
                    TestUser::Denies => browser.deny(&url).await,
                    TestUser::Waits | TestUser::HasNoBrowser | TestUser::Crashes => return,
                }
            };
            let landed = landed.unwrap_or_else(|error| format!("nowhere: {error}"));
            record(&seen, &changes, |seen| seen.landed.push(landed.clone()));
            let Ok(mut way_back) = Url::parse(&landed) else { return };
            if let TestUser::ComesBackWith { change, .. } | TestUser::ComesBackAtOnce { change } = user {
                change(&mut way_back);
            }
            if way_back.scheme() == "http"
                && let Some(reply) = http::get(&way_back).await
            {
                record(&seen, &changes, |seen| seen.replies.push(reply));
            }
        });
        Ok(())
    }

    fn copy_to_clipboard(&self, text: &str) -> Result<(), ClipboardUnavailable> {
        if self.seen(|seen| seen.fails_clipboard) {
            return Err(ClipboardUnavailable);
        }
        self.record(|seen| seen.clipboard.push(text.to_owned()));
        Ok(())
    }

    fn show_state(&self, state: &AppState) {
        self.record(|seen| seen.states.push(state.clone()));
    }

    fn navigate(&self, page: Page) {
        self.record(|seen| seen.navigations.push(page));
    }

    fn owns_scheme(&self, _: &str) -> bool {
        self.seen(|seen| !seen.links_go_elsewhere)
    }

    fn focus_window(&self) {
        self.record(|seen| seen.focused += 1);
    }
}

fn at_once(authorization_url: &str) -> String {
    let url = Url::parse(authorization_url).unwrap();
    let value = |name: &str| parameter(&url, name).unwrap();
    let mut way_back = Url::parse(&value("redirect_uri")).unwrap();
    way_back.query_pairs_mut().append_pair("code", "a-test-code").append_pair("state", &value("state"));
    way_back.into()
}

/// Returns a query parameter.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Replaces a query parameter, or removes it.
pub(crate) fn replace(url: &mut Url, name: &str, value: Option<&str>) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(kept);
    if let Some(value) = value {
        query.append_pair(name, value);
    }
}
