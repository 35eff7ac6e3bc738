//! What the page knows of the app: its state as one union, and the settings of this device.
//!
//! Nothing here can hold a token, a code or a secret: the page sees views of data only.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::{AccountView, Language, Theme};
use crate::error::{Code, ConnectionDetail};
use crate::metadata::Branding;
use crate::step_up::{Purpose, StepUpMethod};

/// The name of the event that carries every new [`AppState`] to the page.
pub const STATE_EVENT: &str = "state";
/// The name of the event that asks the page to show a [`Page`].
pub const NAVIGATE_EVENT: &str = "navigate";

/// The state of the app, which the page renders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AppState {
    /// The keyring and the last known view are being read.
    Starting {
        /// True after 2 s: the keyring is probably asking the user for its password.
        waiting_for_keyring: bool,
    },
    /// No settings server is configured.
    NoServer,
    /// A server is configured and no user is signed in.
    SignedOut {
        /// The server.
        server: ServerView,
        /// Why, unless the user signed out.
        notice: Option<Code>,
    },
    /// The system browser is open, or about to be, for a sign-in.
    SigningIn {
        /// The server.
        server: ServerView,
        /// The stage of the sign-in.
        stage: SignInStage,
    },
    /// A user is signed in.
    SignedIn {
        /// The server.
        server: ServerView,
        /// The user id; commands name it.
        account_id: String,
        /// The account, absent until the first answer when there is no last known view.
        account: Option<Box<AccountView>>,
        /// How fresh `account` is.
        freshness: Freshness,
        /// Whether the session outlives the app.
        persistence: Persistence,
    },
}

/// The stages of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignInStage {
    /// Metadata of the server and of the identity provider is being requested.
    Preparing,
    /// The browser is open.
    WaitingForBrowser,
    /// The browser came back; tokens are being fetched and checked.
    Finishing,
}

/// How fresh the shown account is. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Freshness {
    /// As the server answered.
    Live {
        /// When it answered.
        at: u64,
    },
    /// The last known view, while the server is being asked.
    Refreshing {
        /// When the view was true; absent when there is none.
        at: Option<u64>,
    },
    /// The last known view; the server could not be reached.
    Stale {
        /// When the view was true; absent when there is none.
        at: Option<u64>,
        /// What kept the app from refreshing it.
        cause: Code,
        /// What the message of the cause needs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        detail: Option<ConnectionDetail>,
    },
}

/// Whether the session outlives the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Persistence {
    /// The refresh token is in the operating system's keyring.
    Keyring,
    /// The session ends with the app: there is no keyring, or it is locked.
    MemoryOnly {
        /// Why the keyring cannot be used.
        reason: KeyringProblem,
    },
}

/// What is wrong with the keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyringProblem {
    /// No keyring service answers.
    Absent,
    /// The keyring is locked, and was not unlocked.
    Locked,
    /// A keyring service answers, but has no collection to keep an item in.
    NoCollection,
    /// The keyring failed, or refused.
    Refused,
}

/// The settings server as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerView {
    /// Its base URL.
    pub url: String,
    /// The organisation's name; absent until the server has answered once.
    pub name: Option<String>,
    /// Colours and logo.
    pub branding: Branding,
    /// The resource indicator that was pinned with `--resource`, when it differs from the URL.
    pub pinned_resource: Option<String>,
    /// True when the URL is http on this machine: a development set-up, which the window mentions.
    pub insecure: bool,
    /// Where the URL comes from.
    pub source: SettingSource,
}

/// Where a setting comes from; the first that is set wins, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SettingSource {
    /// `--server` on the command line.
    CommandLine,
    /// `LATCHKEY_SERVER` in the environment.
    Environment,
    /// What the user typed in App settings (kept in the app's configuration file).
    User,
}

/// App settings: of this device, not of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppSettings {
    /// The settings server's URL and where it comes from.
    pub server: Option<ServerSetting>,
    /// Theme in effect: the account's preference where there is one, else this device's.
    pub theme: Theme,
    /// Language in effect; absent means as the system is.
    pub language: Option<Language>,
    /// Whether theme and language follow the account or stay on this device.
    pub preferences_follow_account: bool,
    /// How the browser returns after a sign-in.
    pub browser_return: BrowserReturn,
    /// Whether it should return by a link, but links open another program: then it returns to this machine's own address.
    pub links_go_elsewhere: bool,
    /// The app's version.
    pub version: String,
}

/// How the browser returns to the app after a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BrowserReturn {
    /// To a port of this machine (`http://127.0.0.1`).
    #[default]
    Loopback,
    /// By a link of the app's private scheme.
    Link,
}

/// The server setting with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerSetting {
    /// The base URL.
    pub url: String,
    /// Only a URL whose source is `user` can be changed in the window.
    pub source: SettingSource,
}

/// A page that a link may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// `open/overview`
    Overview,
    /// `open/profile`
    Profile,
    /// `open/security`
    Security,
    /// `open/devices`
    Devices,
    /// `open/linked`
    Linked,
    /// `open/settings`
    Settings,
}

/// What a sensitive command returns: its result, or the proof that is needed first. The page shows the step-up dialog
/// and then repeats the command, which finds its grant by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// The command succeeded.
    Done {
        /// Its result.
        answer: T,
    },
    /// A proof is needed first.
    StepUp {
        /// The proof that is needed.
        step_up: StepUpView,
    },
}

/// A proof that is requested from the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepUpView {
    /// The id of the step-up in commands. Not a secret, and valid in this app alone.
    pub id: String,
    /// What the proof is for.
    pub purpose: Purpose,
    /// The methods that this user can use, the best first.
    pub methods: Vec<StepUpMethod>,
}

/// The progress of a step-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepUpProgress {
    /// Proven: repeat the command.
    Granted,
    /// Proven, but one more of these methods is needed.
    More {
        /// The methods that may come next.
        methods: Vec<StepUpMethod>,
    },
}
