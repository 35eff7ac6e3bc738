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

/// Where the app is. The page draws exactly this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AppState {
    /// The keyring and the last known view are being read.
    Starting {
        /// True after 2 s: the keyring is probably asking the person for its password.
        waiting_for_keyring: bool,
    },
    /// No settings server is configured.
    NoServer,
    /// A server is configured and nobody is signed in.
    SignedOut {
        /// The server.
        server: ServerView,
        /// Why, when it was not the person's own wish.
        notice: Option<Code>,
    },
    /// The system browser has the word.
    SigningIn {
        /// The server.
        server: ServerView,
        /// How far it is.
        stage: SignInStage,
    },
    /// Somebody is signed in.
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
    /// The server and the identity provider are being asked who they are.
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
    /// The last known view; the server could not be asked.
    Stale {
        /// When the view was true; absent when there is none.
        at: Option<u64>,
        /// What kept the app from refreshing it.
        cause: Code,
        /// What the words of the cause need.
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
        /// Which of both.
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
    /// A keyring service answers, and has no collection to keep anything in.
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
    /// True when the URL is http on this machine: a development set-up, said in the window.
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
    /// What the person typed into App settings (kept in the app's configuration file).
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
    /// The app's version.
    pub version: String,
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
    /// `open/settings`
    Settings,
}

/// What a sensitive command comes to: done, or a proof is needed first. The page shows the step-up dialog and then
/// repeats the command, which finds its grant by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome<T> {
    /// Done.
    Done {
        /// The answer.
        answer: T,
    },
    /// Prove it first.
    StepUp {
        /// The proof.
        step_up: StepUpView,
    },
}

/// A proof that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepUpView {
    /// Names it in the step-up commands. Not a secret, and of use in this app alone.
    pub id: String,
    /// What for.
    pub purpose: Purpose,
    /// The ways open to this person, the best first.
    pub methods: Vec<StepUpMethod>,
}

/// How far a proof is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepUpProgress {
    /// Proven: repeat the command.
    Granted,
    /// Proven, but one of these is needed, too.
    More {
        /// What may come next.
        methods: Vec<StepUpMethod>,
    },
}
