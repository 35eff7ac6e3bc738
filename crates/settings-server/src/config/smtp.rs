//! `[smtp]`: the mail server that notices are sent through. Without the section no mail is sent.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::SecretOrigin;
use super::load::ConfigError;
use super::sections::{not_empty, within};
use crate::notices::mailbox;

/// The mail server that notices are sent through.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name or address; the name its certificate must be for.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The sender of notices.
    pub(crate) from: Mailbox,
    /// The login, if the server needs one.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
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
    /// Returns a mail server on loopback without TLS and login: for tests and demonstrations.
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

/// The mail server through which users are notified of changes of their account. Without this section no mail is sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SmtpSection {
    /// Its name or address; the name its certificate must be for.
    host: String,
    /// Its port; absent: 465, 587 or 25, depending on the security.
    port: Option<u16>,
    /// TLS from the first byte, by STARTTLS, or none, which is accepted on this machine only.
    #[schema(inline, default = json!("tls"))]
    #[serde(default)]
    security: SmtpSecurity,
    /// The sender of notices.
    from: String,
    /// The login, if the server needs one.
    username: Option<String>,
    /// A file that holds its password; read again for each mail.
    #[schema(value_type = Option<String>)]
    password_file: Option<PathBuf>,
    /// The password itself, instead of a file.
    #[schema(value_type = Option<String>, write_only)]
    password: Option<SecretString>,
}

impl SmtpSection {
    pub(super) fn check(self, folder: Option<&Path>) -> Result<Smtp, ConfigError> {
        // In its own letters the name is known neither to DNS nor to a certificate.
        let host = idna::domain_to_ascii(&not_empty("smtp.host", self.host)?)
            .map_err(|_| ConfigError::field("smtp.host", "not a name or address of a mail server"))?;
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
        let from = sender(&self.from).ok_or(ConfigError::field(
            "smtp.from",
            "not an address such as \"Latchkey <no-reply@example.com>\"",
        ))?;
        let login = login(self.username, self.password_file, self.password, folder)?;
        Ok(Smtp { host, port, security: self.security, from, login })
    }
}

/// Reads the sender of notices, its domain as in DNS.
fn sender(text: &str) -> Option<Mailbox> {
    let Mailbox { name, email } = text.parse().ok()?;
    Some(Mailbox::new(name, mailbox::address(email.as_ref())?))
}

fn login(
    username: Option<String>,
    file: Option<PathBuf>,
    value: Option<SecretString>,
    folder: Option<&Path>,
) -> Result<Option<SmtpLogin>, ConfigError> {
    let (field, password) = match (file, value) {
        (Some(file), None) => ("smtp.password_file", SecretOrigin::File(within(folder, &file))),
        (None, Some(value)) => ("smtp.password", SecretOrigin::Value(value)),
        (Some(_), Some(_)) => {
            return Err(ConfigError::field("smtp.password", "given in addition to password_file"));
        }
        (None, None) if username.is_some() => {
            return Err(ConfigError::field("smtp.password_file", "missing"));
        }
        (None, None) => return Ok(None),
    };
    let Some(username) = username.filter(|name| !name.is_empty()) else {
        return Err(ConfigError::field("smtp.username", "missing"));
    };
    password.read_of_any_strength().map_err(|reason| ConfigError::field(field, &reason))?;
    Ok(Some(SmtpLogin { username, password }))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
