//! `[store]`: where the server keeps its own records, and the keys that seal them.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::load::ConfigError;
use super::sections::within;
use crate::randomness::{self, RandomnessUnavailable};

/// Where the server keeps its own records.
#[derive(Clone, Debug)]
pub struct Store {
    /// The database.
    pub database: DatabaseLocation,
    /// Newest first. Empty: a key file next to an SQLite database, which is created when it does not exist.
    pub encryption_keys: Vec<EncryptionKey>,
}

/// The database.
#[derive(Clone, Debug)]
pub enum DatabaseLocation {
    /// SQLite in memory, gone with the server: for tests and demonstrations.
    Memory,
    /// SQLite in a file that this server alone writes.
    File(PathBuf),
    /// PostgreSQL; the URL may hold a password.
    Postgres(SecretString),
}

/// A key of 256 bits. Not shown by `Debug`, and wiped when dropped.
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EncryptionKey([redacted])")
    }
}

impl EncryptionKey {
    /// Creates a key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 32 bytes in base64, as `openssl rand -base64 32` writes them.
    ///
    /// # Errors
    /// A sentence for the operator, never a part of the key.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).map_err(|_| "not base64")?;
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| "not 32 bytes")?;
        let mut distinct = Zeroizing::new(bytes.to_vec());
        distinct.sort_unstable();
        distinct.dedup();
        // Random bytes have fewer than 16 different ones once in more than 10^17 keys.
        if distinct.len() < 16 {
            return Err("weak (use 32 random bytes)");
        }
        Ok(Self::from_bytes(bytes))
    }

    pub(crate) fn random() -> Result<Self, RandomnessUnavailable> {
        randomness::bytes().map(Self::from_bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a key as [`Self::parse`] does.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.0) + "\n")
    }
}

/// Where the server keeps its own records, and the keys that seal them.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StoreSection {
    /// `sqlite:FILE` or `postgres://…`. A URL with a password belongs in `url_file` or in the environment.
    #[schema(value_type = Option<String>, default = json!("sqlite:latchkey.db"))]
    url: Option<SecretString>,
    /// A file that holds the URL.
    #[schema(value_type = Option<String>)]
    url_file: Option<PathBuf>,
    /// Files with one key each, 32 bytes in base64, the newest first; empty: a key next to the SQLite file.
    #[schema(value_type = Vec<String>, default = json!([]))]
    encryption_key_files: Vec<PathBuf>,
}

impl StoreSection {
    pub(super) fn check(self, folder: Option<&Path>) -> Result<Store, ConfigError> {
        let (field, url) = match (self.url, self.url_file) {
            (Some(_), Some(_)) => {
                return Err(ConfigError::field("store.url", "given in addition to url_file"));
            }
            (Some(url), None) => ("store.url", url),
            (None, Some(file)) => {
                let field = "store.url_file";
                (field, SecretString::from(read(field, &within(folder, &file))?.trim()))
            }
            (None, None) => ("store.url", SecretString::from("sqlite:latchkey.db")),
        };
        let wrong = |reason| ConfigError::field(field, reason);
        let database = location(url, folder).map_err(wrong)?;
        if let DatabaseLocation::File(file) = &database
            && file.parent().is_some_and(|parent| !parent.as_os_str().is_empty() && !parent.is_dir())
        {
            return Err(wrong("names a file in a folder that does not exist"));
        }
        let encryption_keys = keys(&self.encryption_key_files, folder)?;
        if encryption_keys.is_empty() && matches!(database, DatabaseLocation::Postgres(_)) {
            return Err(ConfigError::field(
                "store.encryption_key_files",
                "missing (with PostgreSQL the servers share their keys)",
            ));
        }
        Ok(Store { database, encryption_keys })
    }
}

fn location(url: SecretString, folder: Option<&Path>) -> Result<DatabaseLocation, &'static str> {
    let text = url.expose_secret();
    if let Some(file) = text.strip_prefix("sqlite:") {
        let file = file.strip_prefix("//").unwrap_or(file);
        return match file {
            "" => Err("names no file"),
            ":memory:" => Err("would keep nothing (name a file)"),
            _ if file.contains(['?', '#']) => Err("must be sqlite: and a file name, without options"),
            _ => Ok(DatabaseLocation::File(within(folder, Path::new(file)))),
        };
    }
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err("must begin with sqlite: or postgres://");
    }
    crate::store::check_postgres_url(text)?;
    Ok(DatabaseLocation::Postgres(url))
}

/// Whether a database's URL holds a password.
pub(super) fn has_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case("password"))
    })
}

fn keys(files: &[PathBuf], folder: Option<&Path>) -> Result<Vec<EncryptionKey>, ConfigError> {
    let field = "store.encryption_key_files";
    let mut keys: Vec<EncryptionKey> = Vec::new();
    for file in files {
        let text = read(field, &within(folder, file))?;
        let key = EncryptionKey::parse(&text).map_err(|reason| {
            ConfigError::field(field, &format!("names a file that holds no key: {reason}"))
        })?;
        if keys.iter().any(|known| known.bytes() == key.bytes()) {
            return Err(ConfigError::field(field, "names the same key twice"));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn read(field: &str, file: &Path) -> Result<Zeroizing<String>, ConfigError> {
    crate::own_files::read_secret(file).map_err(|reason| ConfigError::field(field, &reason))
}
