//! `[social]` and `[[social_openid]]`: how social accounts are linked.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

use super::SecretOrigin;
use super::load::ConfigError;
use super::public_url::{check_transport, is_loopback};
use super::sections::{not_empty, within};

const SECTION: &str = "social_openid";
/// The scopes unless others are configured.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];
/// The maximum number of providers.
const MOST_PROVIDERS: usize = 32;

/// How social accounts are linked.
#[derive(Clone, Debug, Default)]
pub struct Social {
    /// Targets whose providers answer to the app's private scheme.
    pub direct: Vec<String>,
    /// Providers whose code flow this server runs itself.
    pub openid: Vec<OpenIdProvider>,
}

impl Social {
    /// Returns the provider whose code flow this server runs itself for a target.
    pub(crate) fn openid_of(&self, target: &str) -> Option<&OpenIdProvider> {
        self.openid.iter().find(|provider| provider.target == target)
    }
}

/// An OpenID provider whose code flow this server runs itself, because Logto's Management API cannot.
#[derive(Clone, Debug)]
pub struct OpenIdProvider {
    /// The target of Logto's connector.
    pub target: String,
    /// The issuer, exactly as in its ID tokens.
    pub issuer: String,
    /// The client id: that of Logto's connector.
    pub client_id: String,
    /// What authenticates the client.
    pub client_secret: ProviderSecret,
    /// The scopes, `openid` included.
    pub scopes: Vec<String>,
    /// How the provider sends its answer; absent: its own default.
    pub response_mode: Option<ResponseMode>,
    /// Further authorities that its certificate may be from, in PEM.
    pub ca_pem: Option<String>,
}

impl OpenIdProvider {
    /// Whether it is on this machine, where no proxy leads to.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|url| is_loopback(&url))
    }
}

/// What authenticates a client at an OpenID provider.
#[derive(Clone, Debug)]
pub enum ProviderSecret {
    /// A client secret.
    Shared(SecretOrigin),
    /// Apple's: a JWT that is signed for each request.
    Apple {
        /// The developer team.
        team_id: String,
        /// The key's id.
        key_id: String,
        /// The private key, in PEM (PKCS #8).
        private_key: SecretOrigin,
    },
}

/// How a provider sends its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that the browser posts.
    FormPost,
}

/// How social accounts are linked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SocialSection {
    /// Targets of connectors whose providers send the browser to the app's private scheme instead of this server, such as
    /// `["discord"]`.
    #[schema(default = json!([]))]
    direct: Vec<String>,
}

/// OpenID providers whose code flow this server runs itself, one per section, because the Management API cannot link their
/// accounts: those of the connectors OIDC, Apple, GitLab, Slack and Hugging Face.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenIdSection {
    /// The target of Logto's connector.
    target: String,
    /// The issuer, exactly as in its ID tokens.
    issuer: String,
    /// The client id: that of Logto's connector.
    client_id: String,
    /// A file that holds the client secret; read again for each link. Apple has a private key instead.
    #[schema(value_type = Option<String>)]
    client_secret_file: Option<PathBuf>,
    /// Apple: the developer team.
    team_id: Option<String>,
    /// Apple: the id of the private key.
    key_id: Option<String>,
    /// Apple: a file that holds the private key, in PEM; read again for each link.
    #[schema(value_type = Option<String>)]
    private_key_file: Option<PathBuf>,
    /// The scopes; `openid` must be among them.
    #[schema(default = json!(["openid", "profile", "email"]))]
    scopes: Option<Vec<String>>,
    /// How the provider sends its answer: in a query, or in a form, as Apple does where it is asked for name or address. Absent:
    /// the provider's own default.
    #[schema(inline)]
    response_mode: Option<ResponseMode>,
    /// A file with further authorities that the provider's certificate may be from, in PEM.
    #[schema(value_type = Option<String>)]
    ca_file: Option<PathBuf>,
}

/// Applies every rule. Relative file names are relative to `folder`.
pub(super) fn check(
    section: SocialSection,
    providers: Vec<OpenIdSection>,
    folder: Option<&Path>,
) -> Result<Social, ConfigError> {
    let SocialSection { direct } = section;
    if repeats(&direct) || !direct.iter().all(|target| is_target(target)) {
        return Err(ConfigError::field("social.direct", "holds a repeated target, or one that is none"));
    }
    if providers.len() > MOST_PROVIDERS {
        return Err(ConfigError::field(SECTION, "has too many providers (at most 32)"));
    }
    let openid: Vec<_> =
        providers.into_iter().map(|provider| provider.check(folder)).collect::<Result<_, _>>()?;
    let targets: Vec<String> = openid.iter().map(|provider| provider.target.clone()).collect();
    if repeats(&targets) {
        return Err(ConfigError::field("social_openid.target", "the same target twice"));
    }
    if targets.iter().any(|target| direct.contains(target)) {
        return Err(ConfigError::field(
            "social.direct",
            "holds a target of [[social_openid]] (the answers of those come to this server)",
        ));
    }
    Ok(Social { direct, openid })
}

impl OpenIdSection {
    fn check(self, folder: Option<&Path>) -> Result<OpenIdProvider, ConfigError> {
        if !is_target(&self.target) {
            return Err(ConfigError::field("social_openid.target", "not the target of a connector"));
        }
        let issuer = Url::parse(&self.issuer).map_err(|_| "not a URL");
        issuer
            .and_then(|url| {
                check_transport(&url)?;
                let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
                is_plain.then_some(()).ok_or("must have no user, query or fragment")
            })
            .map_err(|reason| ConfigError::field("social_openid.issuer", reason))?;
        let scopes = self.scopes.unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec());
        let is_scope =
            |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if !scopes.iter().all(is_scope) || !scopes.iter().any(|scope| scope == "openid") {
            return Err(ConfigError::field("social_openid.scopes", "must be scopes, openid among them"));
        }
        let file = |file: PathBuf| SecretOrigin::File(within(folder, &file));
        let (field, client_secret) = match (self.client_secret_file, self.private_key_file) {
            (Some(secret), None) if self.team_id.is_none() && self.key_id.is_none() => {
                ("social_openid.client_secret_file", ProviderSecret::Shared(file(secret)))
            }
            (None, Some(key)) => {
                let missing = |field| ConfigError::field(field, "missing");
                let team_id = self.team_id.ok_or_else(|| missing("social_openid.team_id"))?;
                let key_id = self.key_id.ok_or_else(|| missing("social_openid.key_id"))?;
                let apple = ProviderSecret::Apple {
                    team_id: not_empty("social_openid.team_id", team_id)?,
                    key_id: not_empty("social_openid.key_id", key_id)?,
                    private_key: file(key),
                };
                ("social_openid.private_key_file", apple)
            }
            _ => {
                return Err(ConfigError::field(
                    "social_openid.client_secret_file",
                    "either it or private_key_file, with team_id and key_id, must be set",
                ));
            }
        };
        let ca_pem = self.ca_file.map(|file| {
            std::fs::read_to_string(within(folder, &file))
                .map_err(|error| ConfigError::field("social_openid.ca_file", &error.kind().to_string()))
        });
        let (ProviderSecret::Shared(secret) | ProviderSecret::Apple { private_key: secret, .. }) =
            &client_secret;
        secret.read_of_any_strength().map_err(|reason| ConfigError::field(field, &reason))?;
        Ok(OpenIdProvider {
            target: self.target,
            issuer: self.issuer,
            client_id: not_empty("social_openid.client_id", self.client_id)?,
            client_secret,
            scopes,
            response_mode: self.response_mode,
            ca_pem: ca_pem.transpose()?,
        })
    }
}

/// Whether a text can be the target of a connector.
fn is_target(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn repeats(texts: &[String]) -> bool {
    texts.iter().enumerate().any(|(index, text)| texts[..index].contains(text))
}
