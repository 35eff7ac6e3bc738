//! What the settings server last said of its name and looks, so that a restart shows them at once.
//!
//! `server.json` in the data folder. Only for drawing: who issues tokens and for which client is asked anew at
//! every sign-in.

use std::path::{Path, PathBuf};

use account_api::metadata::Branding;
use serde::{Deserialize, Serialize};

use crate::discovery::{self, Server};
use crate::files;
use crate::server_url::ServerUrl;

/// Name and looks of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Looks {
    /// The organisation's name.
    pub(crate) name: Option<String>,
    /// Colours and logo.
    pub(crate) branding: Branding,
}

#[derive(Serialize, Deserialize)]
struct Content {
    url: String,
    #[serde(flatten)]
    looks: Looks,
}

/// The file and where it is.
#[derive(Clone, Debug)]
pub(crate) struct RememberedServer {
    path: PathBuf,
}

impl RememberedServer {
    /// The file in this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { path: data_dir.join("server.json") }
    }

    /// The looks of this server, as far as they are known. They are checked as if they had just arrived.
    pub(crate) fn looks_of(&self, server: &ServerUrl) -> Looks {
        let content = files::read(&self.path)
            .ok()
            .flatten()
            .and_then(|bytes| serde_json::from_slice::<Content>(&bytes).ok())
            .filter(|content| content.url == server.as_str());
        content.map_or_else(Looks::default, |content| Looks {
            name: content.looks.name.and_then(|name| discovery::displayable(&name)),
            branding: discovery::well_formed(content.looks.branding),
        })
    }

    /// Keeps the looks of this server; a failure is logged and harmless.
    pub(crate) fn keep(&self, url: &ServerUrl, looks: &Looks) {
        let content = Content { url: url.as_str().to_owned(), looks: looks.clone() };
        let Ok(bytes) = serde_json::to_vec(&content) else { return };
        if let Err(error) = files::write(&self.path, &bytes) {
            tracing::warn!(%error, "the server's looks cannot be kept");
        }
    }
}

impl From<&Server> for Looks {
    fn from(server: &Server) -> Self {
        Self { name: server.name.clone(), branding: server.branding.clone() }
    }
}
