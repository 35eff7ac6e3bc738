//! `settings.json` in the configuration folder: the settings of this device.
//!
//! Users, administrators and other versions of this app write it, too. An unknown member or value is ignored, and
//! kept when the file is written. A file that is not a JSON object is moved aside with a warning, and the app starts
//! without settings.

use std::path::{Path, PathBuf};

use account_api::account::{Language, Theme};
use account_api::app::BrowserReturn;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::files;

/// The settings of this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeviceSettings {
    /// The settings server's base URL.
    pub(crate) server_url: Option<String>,
    /// Light, dark, or as the system.
    pub(crate) theme: Option<Theme>,
    /// The language of the app's texts.
    pub(crate) language: Option<Language>,
    /// Whether the account has not taken this device's choice of theme and language yet.
    pub(crate) appearance_unsent: bool,
    /// How the browser returns after a sign-in.
    pub(crate) browser_return: Option<BrowserReturn>,
}

impl DeviceSettings {
    /// Returns how the browser returns after a sign-in.
    pub(crate) fn browser_return(&self) -> BrowserReturn {
        self.browser_return.unwrap_or_default()
    }

    fn read(members: &Map<String, Value>) -> Self {
        Self {
            server_url: member(members, "server_url"),
            theme: member(members, "theme"),
            language: member(members, "language"),
            appearance_unsent: member(members, "appearance_unsent").unwrap_or_default(),
            browser_return: member(members, "browser_return"),
        }
    }

    /// Returns each member as it is written; `None` where it is left out.
    fn members(&self) -> [(&'static str, Option<Value>); 5] {
        [
            ("server_url", self.server_url.as_deref().map(Value::from)),
            ("theme", self.theme.and_then(|theme| serde_json::to_value(theme).ok())),
            ("language", self.language.and_then(|language| serde_json::to_value(language).ok())),
            ("appearance_unsent", self.appearance_unsent.then_some(Value::Bool(true))),
            ("browser_return", self.browser_return.and_then(|chosen| serde_json::to_value(chosen).ok())),
        ]
    }
}

/// Returns a member if it exists and is valid.
fn member<T: DeserializeOwned>(members: &Map<String, Value>, name: &str) -> Option<T> {
    let value = members.get(name).filter(|value| !value.is_null())?;
    let read = T::deserialize(value).ok();
    if read.is_none() {
        tracing::warn!(member = name, "settings.json: unknown value, ignored and kept");
    }
    read
}

/// The file `settings.json`.
#[derive(Clone, Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// Returns the file in this configuration folder.
    pub(crate) fn new(config_dir: &Path) -> Self {
        Self { path: config_dir.join("settings.json") }
    }

    /// Reads the file. Returns empty settings when there is none, or an invalid one.
    pub(crate) fn load(&self) -> DeviceSettings {
        self.read().map(|members| DeviceSettings::read(&members)).unwrap_or_default()
    }

    /// Writes the file atomically. Members that are equal in `before` and `after` stay as they are in the file.
    ///
    /// # Errors
    /// [`Error::StorageFailed`], also when an existing file cannot be read.
    pub(crate) fn save(&self, before: &DeviceSettings, after: &DeviceSettings) -> Result<(), Error> {
        let mut members = self.read().map_err(|_| Error::StorageFailed)?;
        for ((name, old), (_, new)) in before.members().into_iter().zip(after.members()) {
            match new {
                Some(new) if Some(&new) != old.as_ref() || !members.contains_key(name) => {
                    members.insert(name.to_owned(), new);
                }
                None if old.is_some() => drop(members.remove(name)),
                _ => {}
            }
        }
        let bytes = serde_json::to_vec_pretty(&members).map_err(|_| Error::StorageFailed)?;
        files::write(&self.path, &bytes).map_err(|error| {
            tracing::error!(file = %self.path.display(), %error, "settings.json: cannot be written (check the permissions of the folder and the free space)");
            Error::StorageFailed
        })
    }

    /// Returns the file's members; none when the file does not exist or is not a JSON object, which moves it aside.
    fn read(&self) -> std::io::Result<Map<String, Value>> {
        let bytes = files::read(&self.path).inspect_err(|error| {
            tracing::warn!(file = %self.path.display(), %error, "settings.json: cannot be read (check its permissions)");
        })?;
        let Some(bytes) = bytes else { return Ok(Map::new()) };
        let members = files::text(&bytes).and_then(|text| serde_json::from_str(&text).ok());
        Ok(members.unwrap_or_else(|| {
            tracing::warn!(file = %self.path.display(), "settings.json: not a JSON object, moved to .bad (the app starts without settings)");
            files::set_aside(&self.path);
            Map::new()
        }))
    }
}
