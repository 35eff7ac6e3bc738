//! `[smtp]`: the mail server through which notices leave. Without the section no mail goes out.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::Deserialize;

use super::SecretOrigin;
use super::load::ConfigError;
use super::sections::{not_empty, secret};

/// The mail server through which notices leave.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name or address; the name its certificate must be for.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Whom the notices come from.
    pub(crate) from: Mailbox,
    /// The login, if it wants one.
    pub login: Option<SmtpLogin>,
}

/// A login at the mail server.
#[derive(Clone, Debug)]
pub struct SmtpLogin {
    /// The user.
    pub username: String,
    /// The password.
    pub password: SecretOrigin,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// TLS by STARTTLS, or no mail at all (port 587).
    Starttls,
    /// None; only to this machine (port 25).
    None,
}

impl Smtp {
    /// A mail server on loopback without TLS and login: for tests and demonstrations.
    pub fn for_loopback(address: SocketAddr) -> Self {
        let from = lettre::Address::new_dangerous("no-reply", "latchkey.invalid");
        Self {
            host: address.ip().to_string(),
            port: address.port(),
            security: SmtpSecurity::None,
            from: Mailbox::new(Some("Latchkey".to_owned()), from),
            login: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SmtpSection {
    /// `LATCHKEY_SMTP__HOST`
    host: String,
    /// `LATCHKEY_SMTP__PORT`; absent: 465, 587 or 25, as the security has it.
    port: Option<u16>,
    /// `LATCHKEY_SMTP__SECURITY`
    #[serde(default)]
    security: SmtpSecurity,
    /// `LATCHKEY_SMTP__FROM`
    from: String,
    /// `LATCHKEY_SMTP__USERNAME`
    username: Option<String>,
    /// `LATCHKEY_SMTP__PASSWORD_FILE`
    password_file: Option<PathBuf>,
    /// `LATCHKEY_SMTP__PASSWORD`; refused in the file.
    #[serde(default, deserialize_with = "secret")]
    password: Option<SecretString>,
}

impl SmtpSection {
    pub(super) fn check(self, folder: Option<&Path>) -> Result<Smtp, ConfigError> {
        let host = not_empty("smtp.host", self.host)?;
        if self.security == SmtpSecurity::None && !is_this_machine(&host) {
            return Err(ConfigError::field(
                "smtp.security",
                "may be \"none\" only to 127.0.0.1, ::1 and localhost",
            ));
        }
        if self.port == Some(0) {
            return Err(ConfigError::field("smtp.port", "must be between 1 and 65535"));
        }
        let port = self.port.unwrap_or(match self.security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::Starttls => 587,
            SmtpSecurity::None => 25,
        });
        let from = self.from.parse().map_err(|_| {
            ConfigError::field("smtp.from", "is not an address such as \"Latchkey <no-reply@example.com>\"")
        })?;
        let login = login(self.username, self.password_file, self.password, folder)?;
        Ok(Smtp { host, port, security: self.security, from, login })
    }
}

fn login(
    username: Option<String>,
    file: Option<PathBuf>,
    value: Option<SecretString>,
    folder: Option<&Path>,
) -> Result<Option<SmtpLogin>, ConfigError> {
    let (field, password) = match (file, value) {
        (Some(file), None) => {
            let file = folder.map_or_else(|| file.clone(), |folder| folder.join(&file));
            ("smtp.password_file", SecretOrigin::File(file))
        }
        (None, Some(value)) => ("smtp.password", SecretOrigin::Value(value)),
        (Some(_), Some(_)) => {
            return Err(ConfigError::field("smtp.password", "is given beside password_file"));
        }
        (None, None) if username.is_some() => {
            return Err(ConfigError::field("smtp.password_file", "is missing"));
        }
        (None, None) => return Ok(None),
    };
    let Some(username) = username.filter(|name| !name.is_empty()) else {
        return Err(ConfigError::field("smtp.username", "is missing"));
    };
    password.read_of_any_strength().map_err(|reason| ConfigError::field(field, reason))?;
    Ok(Some(SmtpLogin { username, password }))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
