//! The sign-in experience: how a tenant lets users sign in, and how its pages look.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lenient;
use super::vocabulary::MfaFactor;

/// `GET /sign-in-exp` and its public form, reduced to what is read: branding, and the rules of signing in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInExperience {
    /// The colours.
    pub color: BrandColors,
    /// The pictures.
    pub branding: BrandPictures,
    /// How users sign in.
    pub sign_in: SignInRules,
    /// The targets of the social connectors on the sign-in page.
    pub social_sign_in_connector_targets: Vec<String>,
    /// The social connectors on the sign-in page; only in the public form.
    pub social_connectors: Vec<SocialConnector>,
    /// The rules of passwords.
    pub password_policy: PasswordPolicy,
    /// The second factors.
    pub mfa: MfaPolicy,
    /// Signing in with a passkey alone.
    pub passkey_sign_in: PasskeySignIn,
    /// Whether enterprise connectors are enabled.
    pub single_sign_on_enabled: bool,
    /// Where users write to with questions.
    #[serde(deserialize_with = "lenient::or_default")]
    pub support_email: Option<String>,
    /// The URL of the page for users with questions.
    #[serde(deserialize_with = "lenient::or_default")]
    pub support_website_url: Option<String>,
    /// The e-mail addresses that are refused. The public form does not have it.
    pub email_blocklist_policy: EmailBlocklistPolicy,
    /// The rules of user names.
    pub username_policy: UsernamePolicy,
}

/// A social connector, as the sign-in page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialConnector {
    /// Its id in Logto.
    pub id: String,
    /// The target of identities that are linked through it.
    pub target: String,
    /// Its name, by language.
    #[serde(default, deserialize_with = "lenient::members")]
    pub name: BTreeMap<String, String>,
    /// The URL of its logo, or a `data:` URL.
    #[serde(default)]
    pub logo: Option<String>,
    /// The logo for dark surfaces.
    #[serde(default)]
    pub logo_dark: Option<String>,
    /// `Universal`, `Web` or `Native`.
    #[serde(default)]
    pub platform: Option<String>,
}

/// How users sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SignInRules {
    /// One entry per identifier; an absent one cannot be used.
    pub methods: Vec<SignInMethod>,
}

/// The methods that an identifier can be used with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    /// Which identifier.
    pub identifier: SignInIdentifier,
    /// Whether a password is accepted.
    #[serde(default)]
    pub password: bool,
    /// Whether a code is accepted.
    #[serde(default)]
    pub verification_code: bool,
}

/// What a user types to say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignInIdentifier {
    /// The user name.
    Username,
    /// The primary e-mail address.
    Email,
    /// The primary phone number.
    Phone,
    /// One this version does not know.
    #[serde(other)]
    Unknown,
}

/// The rules of passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PasswordPolicy {
    /// The length.
    pub length: PasswordLength,
    /// The number of kinds of characters.
    pub character_types: CharacterTypes,
    /// What is refused.
    pub rejects: PasswordRejects,
}

/// The length of a password, in characters. Logto's own defaults where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PasswordLength {
    /// The minimum.
    pub min: u32,
    /// The maximum.
    pub max: u32,
}

impl Default for PasswordLength {
    fn default() -> Self {
        Self { min: 8, max: 256 }
    }
}

/// How many of capitals, small letters, digits and symbols a password must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CharacterTypes {
    /// The minimum.
    pub min: u32,
}

impl Default for CharacterTypes {
    fn default() -> Self {
        Self { min: 1 }
    }
}

/// The passwords that are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PasswordRejects {
    /// Those known from breaches.
    pub pwned: bool,
    /// Repeated characters and sequences.
    pub repetition_and_sequence: bool,
    /// Parts of the user's own data.
    pub user_info: bool,
    /// Those with one of these words.
    pub words: Vec<String>,
}

/// The rules of user names. The Management API applies none of them: its callers must.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UsernamePolicy {
    /// Whether names that differ in case alone are different. Logto itself applies this when it checks whether a name
    /// is taken.
    pub case_sensitive: bool,
    /// The minimum number of characters.
    pub min_length: u32,
    /// The maximum.
    pub max_length: u32,
    /// The allowed characters.
    pub allowed_chars: UsernameCharacters,
}

impl Default for UsernamePolicy {
    fn default() -> Self {
        Self {
            case_sensitive: true,
            min_length: 1,
            max_length: 128,
            allowed_chars: UsernameCharacters::default(),
        }
    }
}

/// The characters that a user name may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct UsernameCharacters {
    /// `a` to `z`.
    pub lowercase: bool,
    /// `A` to `Z`.
    pub uppercase: bool,
    /// `0` to `9`.
    pub numbers: bool,
    /// `_`.
    pub underscore: bool,
}

impl Default for UsernameCharacters {
    fn default() -> Self {
        Self { lowercase: true, uppercase: true, numbers: true, underscore: true }
    }
}

/// The e-mail addresses that are refused. The Management API applies none of it: its callers must.
///
/// An entry of a list is an address (`foo@example.com`) or a domain (`@example.com`); in either, `*` stands for any
/// characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EmailBlocklistPolicy {
    /// Addresses of throw-away providers. Only Logto Cloud knows them.
    pub block_disposable_addresses: bool,
    /// Addresses with a `+` before the `@`.
    pub block_subaddressing: bool,
    /// These addresses and domains.
    pub custom_blocklist: Vec<String>,
    /// All but these, if there are any.
    pub custom_allowlist: Vec<String>,
}

/// The second factors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MfaPolicy {
    /// The enabled ones.
    pub factors: Vec<MfaFactor>,
    /// When sign-in asks for them: `NoPrompt`, `PromptAtSignInAndSignUp`, `Mandatory`, ….
    pub policy: Option<String>,
}

impl MfaPolicy {
    /// Whether users must have a second factor. Every mandatory policy has the word in its name.
    pub fn is_mandatory(&self) -> bool {
        self.policy.as_deref().is_some_and(|policy| policy.contains("Mandatory"))
    }
}

/// Signing in with a passkey alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PasskeySignIn {
    /// Whether it is enabled.
    pub enabled: bool,
}

/// The colours of the sign-in page, `#rrggbb`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BrandColors {
    /// For light surfaces.
    pub primary_color: Option<String>,
    /// For dark surfaces.
    pub dark_primary_color: Option<String>,
}

/// The pictures of the sign-in page: URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BrandPictures {
    /// The logo.
    pub logo_url: Option<String>,
    /// The logo for dark surfaces.
    pub dark_logo_url: Option<String>,
}
