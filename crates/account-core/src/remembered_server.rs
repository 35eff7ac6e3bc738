//! The name and branding that the settings server last returned, kept so that a restart shows them at once.
//!
//! They are in `server.json` in the data folder and only for display: issuer and client are requested again at every
//! sign-in.

use std::path::{Path, PathBuf};

use account_api::metadata::Branding;
use serde::Serialize;
use serde_json::Value;

use crate::discovery::{self, Server};
use crate::files;
use crate::server_url::ServerUrl;

/// Name and branding of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Appearance {
    /// The organisation's name.
    pub(crate) name: Option<String>,
    /// Colours and logo.
    pub(crate) branding: Branding,
}

#[derive(Serialize)]
struct Content {
    url: String,
    #[serde(flatten)]
    appearance: Appearance,
}

/// The file `server.json`.
#[derive(Clone, Debug)]
pub(crate) struct RememberedServer {
    path: PathBuf,
}

impl RememberedServer {
    /// Returns the file in this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { path: data_dir.join("server.json") }
    }

    /// Returns what is known of this server's appearance, checked as if it had just arrived.
    pub(crate) fn appearance_of(&self, server: &ServerUrl) -> Appearance {
        let content = files::read(&self.path)
            .ok()
            .flatten()
            .and_then(|bytes| serde_json::from_str::<Value>(&files::text(&bytes)?).ok())
            .filter(|content| content["url"] == server.as_str());
        // Another version may have written it: a member of an unexpected type counts as absent.
        let text = |value: &Value| value.as_str().map(str::to_owned);
        content.map_or_else(Appearance::default, |content| {
            let branding = &content["branding"];
            Appearance {
                name: text(&content["name"]).and_then(|name| discovery::displayable(&name)),
                branding: discovery::well_formed(Branding {
                    primary_color: text(&branding["primary_color"]),
                    dark_primary_color: text(&branding["dark_primary_color"]),
                    logo_url: text(&branding["logo_url"]),
                    dark_logo_url: text(&branding["dark_logo_url"]),
                }),
            }
        })
    }

    /// Saves the appearance of this server. A failure is logged and harmless.
    pub(crate) fn keep(&self, url: &ServerUrl, appearance: &Appearance) {
        let content = Content { url: url.as_str().to_owned(), appearance: appearance.clone() };
        let Ok(bytes) = serde_json::to_vec(&content) else { return };
        if let Err(error) = files::write(&self.path, &bytes) {
            tracing::warn!(%error, "server name and branding: not saved (they are shown again once the server answers)");
        }
    }
}

impl From<&Server> for Appearance {
    fn from(server: &Server) -> Self {
        Self { name: server.name.clone(), branding: server.branding.clone() }
    }
}
