//! Linked social accounts: accounts at other providers that a user can sign in with.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::FieldAccess;
use crate::secret::{SecretText, expose_on_wire};

/// `GET {base}/social`: the linked accounts, and the providers of which one can be linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SocialView {
    /// What the user may do with them.
    pub access: FieldAccess,
    /// The linked accounts, by target.
    pub accounts: Vec<SocialAccountView>,
    /// The providers on the sign-in page, in its order, the linked ones included.
    pub providers: Vec<SocialProviderView>,
    /// The accounts that were unlinked or replaced here less than 72 hours ago, the latest first.
    #[serde(default)]
    pub former: Vec<FormerSocialAccountView>,
    /// Whether Logto's account center can link accounts of the providers that need a session of Logto's own.
    #[serde(default)]
    pub account_center: bool,
}

/// An account that was unlinked or replaced here and can still be restored. What it says comes from the provider and is not
/// verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct FormerSocialAccountView {
    /// The target of its connector.
    pub target: String,
    /// Names the account, as [`SocialAccountView::key`] did.
    pub key: String,
    /// The provider's name; absent when Logto has no connector of this target any more.
    #[serde(default)]
    pub provider: Option<String>,
    /// The provider's logo, as in [`SocialProviderView`].
    #[serde(default)]
    pub logo: Option<String>,
    /// The logo for dark surfaces.
    #[serde(default)]
    pub dark_logo: Option<String>,
    /// The user's name there.
    #[serde(default)]
    pub name: Option<String>,
    /// The e-mail address there.
    #[serde(default)]
    pub email: Option<String>,
    /// When it was unlinked or replaced, in milliseconds since the epoch.
    pub removed_at: u64,
    /// Until when it can be restored, in milliseconds since the epoch.
    pub restorable_until: u64,
    /// Whether users can sign in with accounts of its provider: only then can it be restored.
    pub signs_in: bool,
}

/// A provider, as the sign-in page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SocialProviderView {
    /// The target of its connector, e.g. `github`: one account of a target can be linked.
    pub target: String,
    /// Its name.
    pub name: String,
    /// Its logo: an https URL, or a `data:` URL of a picture.
    #[serde(default)]
    pub logo: Option<String>,
    /// Its logo for dark surfaces.
    #[serde(default)]
    pub dark_logo: Option<String>,
    /// Whether an account of it can be linked here.
    pub linking: SocialLinking,
}

/// Whether an account of a provider can be linked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SocialLinking {
    /// It can.
    Here,
    /// The provider needs a browser session with Logto itself: only a sign-in with it can link one.
    AtSignIn,
    /// The connector opens an app on a phone.
    OnPhone,
}

/// A linked account. What it says comes from the provider and is not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SocialAccountView {
    /// The target of its connector.
    pub target: String,
    /// Names the account: different for another account of the same target. A change names it, so that it concerns the
    /// account that the user saw.
    pub key: String,
    /// The provider's name; absent when Logto has no connector of this target any more.
    #[serde(default)]
    pub provider: Option<String>,
    /// The provider's logo, as in [`SocialProviderView`].
    #[serde(default)]
    pub logo: Option<String>,
    /// The logo for dark surfaces.
    #[serde(default)]
    pub dark_logo: Option<String>,
    /// The user's name there.
    #[serde(default)]
    pub name: Option<String>,
    /// The e-mail address there.
    #[serde(default)]
    pub email: Option<String>,
    /// When it was linked, in milliseconds since the epoch, if that is known here.
    #[serde(default)]
    pub linked_at: Option<u64>,
    /// Whether the user can sign in with it.
    pub signs_in: bool,
}

/// `POST {base}/social/unlink`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialUnlinkRequest {
    /// The target.
    pub target: String,
    /// The account, as [`SocialAccountView::key`] names it.
    pub key: String,
}

/// `POST {base}/social/restore`: links an account again that was unlinked or replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialRestoreRequest {
    /// The account, as [`FormerSocialAccountView::key`] names it.
    pub key: String,
    /// The linked account of the same target that it replaces, as [`SocialAccountView::key`] names it; absent where none is
    /// linked.
    #[serde(default)]
    pub replaces: Option<String>,
}

/// `POST {base}/social/forget`: erases what is kept of an account that was unlinked or replaced. It cannot be restored then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialForgetRequest {
    /// The account, as [`FormerSocialAccountView::key`] names it.
    pub key: String,
}

/// `POST {base}/social/link`: begins to link an account of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialLinkRequest {
    /// The provider's target.
    pub target: String,
    /// The linked account of this target that the new one replaces, as [`SocialAccountView::key`] names it; absent where
    /// none is linked.
    #[serde(default)]
    pub replaces: Option<String>,
    /// The SHA-256 of the verifier's 43 characters, base64url: 43 characters. The app keeps the verifier until it finishes.
    pub verifier_hash: String,
}

/// What the app needs to send its user to the provider, and to recognise the answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SocialLinkBegunView {
    /// Names the link under way; the provider returns it. 43 characters.
    #[serde(serialize_with = "expose_on_wire")]
    pub state: SecretText,
    /// Where the user authorizes: an https URL, to be opened as it is.
    #[serde(serialize_with = "expose_on_wire")]
    pub authorization_uri: SecretText,
    /// How long the answer is awaited, in whole seconds from this answer on.
    pub expires_in: u32,
    /// Where the provider sends the browser, if that is the app itself: a URI of its private scheme. Absent where it is this
    /// server, which keeps the answer.
    #[serde(default)]
    pub direct_redirect_uri: Option<String>,
}

/// `POST {base}/social/link/finish`: links the account that the provider's answer is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialLinkFinishRequest {
    /// The state.
    #[serde(serialize_with = "expose_on_wire")]
    pub state: SecretText,
    /// The verifier: 43 characters.
    #[serde(serialize_with = "expose_on_wire")]
    pub verifier: SecretText,
    /// What the browser brought back.
    pub answer: SocialLinkAnswer,
}

/// What a browser brought back from a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SocialLinkAnswer {
    /// What this server's page showed to the browser: 43 characters. The provider's answer is on this server.
    #[serde(serialize_with = "expose_on_wire")]
    Handle(SecretText),
    /// The authorization code, where the provider answered to the app.
    #[serde(serialize_with = "expose_on_wire")]
    Code(SecretText),
    /// That the user, or the provider, declined, where the provider answered to the app.
    Declined,
    /// Another error, where the provider answered to the app.
    Failed,
}

/// An account that has been linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SocialLinkedView {
    /// Its target.
    pub target: String,
    /// Every linked account, the new one included.
    pub present: SocialView,
}

/// What the page asks the app to link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SocialLinkStart {
    /// The provider's target.
    pub target: String,
    /// As [`SocialLinkRequest::replaces`].
    pub replaces: Option<String>,
}

/// A link under way: the browser is at the provider, or was when the app was started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SocialLinkPending {
    /// The provider's target.
    pub target: String,
    /// Whether the new account replaces one.
    pub replaces: bool,
    /// How long the answer is still awaited, in whole seconds.
    pub expires_in: u32,
}
