//! `settings.json` in the configuration folder: the settings of this device.
//!
//! A file that cannot be read is set aside with a warning and the app starts with nothing set; a field that is
//! not known is kept out of the way (it is simply not read).

use std::path::{Path, PathBuf};

use account_api::account::{Language, Theme};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files;

/// What a person set on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeviceSettings {
    /// The settings server's base URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_url: Option<String>,
    /// Light, dark, or as the system is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) theme: Option<Theme>,
    /// The language of the app's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<Language>,
    /// True while the account has not taken this device's choice of theme and language yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) appearance_unsent: bool,
}

/// The file and where it is.
#[derive(Clone, Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// The file in this configuration folder.
    pub(crate) fn new(config_dir: &Path) -> Self {
        Self { path: config_dir.join("settings.json") }
    }

    /// Reads the file; nothing set when there is none, or a bad one.
    pub(crate) fn load(&self) -> DeviceSettings {
        match files::read(&self.path) {
            Ok(None) => DeviceSettings::default(),
            Ok(Some(bytes)) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(
                    file = %self.path.display(),
                    line = error.line(),
                    "bad settings; set aside, nothing of them is used"
                );
                files::set_aside(&self.path);
                DeviceSettings::default()
            }),
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "the settings cannot be read");
                DeviceSettings::default()
            }
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::StorageFailed`].
    pub(crate) fn save(&self, settings: &DeviceSettings) -> Result<(), Error> {
        let bytes = serde_json::to_vec_pretty(settings).map_err(|_| Error::StorageFailed)?;
        files::write(&self.path, &bytes).map_err(|error| {
            tracing::error!(file = %self.path.display(), %error, "the settings cannot be written");
            Error::StorageFailed
        })
    }
}
