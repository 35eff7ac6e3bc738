//! Sending one mail by SMTP.
//!
//! A connection is opened for each mail, so that a new password in its file counts at once. The mail server's texts
//! are never logged: they may repeat the address. `mailbox` writes addresses in the syntax of SMTP.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::{Text, mailbox};
use crate::config::{Smtp, SmtpSecurity};

/// The timeout of one step of the conversation.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// The timeout of the whole conversation.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(40);

/// Why a mail was not sent. Holds no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MailerError {
    /// The recipient is not an address that a mail can be sent to.
    #[error("the recipient's address cannot be used")]
    Address,
    /// The recipient's local part has letters outside of ASCII, which this mail server does not accept (RFC 6531).
    #[error("the mail server accepts no address with letters outside of ASCII before the @ (SMTPUTF8)")]
    NoSmtpUtf8,
    /// The mail cannot be written: a defect of this server.
    #[error("the mail cannot be written")]
    Mail,
    /// The mail server lacks what the configuration requires: STARTTLS, or a login method.
    #[error(
        "the mail server does not offer the STARTTLS or login that smtp.security and smtp.username require"
    )]
    Unsuited,
    /// The password cannot be read.
    #[error("smtp.password_file {0}")]
    Password(String),
    /// The mail server refused the mail.
    #[error("the mail server answered {0}")]
    Refused(u16),
    /// No secure connection could be established.
    #[error("no secure connection to the mail server")]
    Tls,
    /// The mail server did not answer in time.
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// The connection could not be established or broke, or the mail server speaks another protocol.
    #[error("the mail server cannot be reached")]
    Unreachable,
}

impl From<lettre::transport::smtp::Error> for MailerError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code.into()),
            None if error.is_client() => Self::Unsuited,
            None if error.is_tls() => Self::Tls,
            None if error.is_timeout() => Self::TimedOut,
            None => Self::Unreachable,
        }
    }
}

impl MailerError {
    /// Whether no later try can end otherwise.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Address | Self::NoSmtpUtf8)
    }
}

/// Sends mails by SMTP.
pub(crate) struct Mailer {
    smtp: Smtp,
    /// The name of this server, for greetings and message ids.
    host: String,
}

impl Mailer {
    pub(crate) fn new(smtp: Smtp, host: String) -> Self {
        Self { smtp, host }
    }

    /// Sends one mail. Sent again under the same `id` it has the same `Message-ID`, so that a mail server may
    /// recognise it.
    ///
    /// # Errors
    /// See [`MailerError`].
    pub(crate) async fn send(&self, id: &str, to: &str, text: &Text, at_ms: u64) -> Result<(), MailerError> {
        let to = mailbox::address(to).ok_or(MailerError::Address)?;
        let is_ascii = to.user().is_ascii();
        let mail = self.mail(id, to, text, at_ms).ok_or(MailerError::Mail)?;
        let transport = self.transport()?;
        let conversation = async {
            let sent = transport.send(mail).await.map(drop).map_err(MailerError::from);
            match sent {
                // If connecting alone succeeds, only the address can be the cause.
                Err(MailerError::Unsuited) if !is_ascii && transport.test_connection().await? => {
                    Err(MailerError::NoSmtpUtf8)
                }
                sent => sent,
            }
        };
        tokio::time::timeout(WHOLE_TIMEOUT, conversation).await.unwrap_or(Err(MailerError::TimedOut))
    }

    fn mail(&self, id: &str, to: lettre::Address, text: &Text, at_ms: u64) -> Option<Message> {
        // RFC 3834 §5: no absence note is to answer it.
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        // Parsed from the header, an address in quotes would not be one.
        let envelope = Envelope::new(Some(self.smtp.from.email.clone()), vec![to.clone()]).ok()?;
        Message::builder()
            .envelope(envelope)
            .from(self.smtp.from.clone())
            .to(lettre::message::Mailbox::new(None, to))
            .subject(&text.subject)
            .date(UNIX_EPOCH + Duration::from_millis(at_ms))
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(text.body.clone())
            .ok()
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailerError> {
        let host = &self.smtp.host;
        let parameters = || TlsParameters::new(host.clone()).map_err(MailerError::from);
        let tls = match self.smtp.security {
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::Starttls => Tls::Required(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(self.smtp.port)
            .tls(tls)
            .hello_name(ClientId::Domain(self.host.clone()))
            .timeout(Some(STEP_TIMEOUT));
        if let Some(login) = &self.smtp.login {
            let password = login.password.read_of_any_strength().map_err(MailerError::Password)?;
            builder = builder
                .credentials(Credentials::new(login.username.clone(), password.expose_secret().to_owned()));
        }
        Ok(builder.build())
    }
}

#[cfg(test)]
mod tests {
    use logto_sandbox::{Fault, FaultAction, Options, Sandbox};

    use super::*;

    fn text() -> Text {
        Text { subject: "Grüße an alle".to_owned(), body: "Eine Zeile.\n\n.\nEnde mit ß\n".to_owned() }
    }

    #[tokio::test]
    async fn b29_a_mail_arrives_as_it_was_written() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let mailer =
            Mailer::new(Smtp::for_loopback(sandbox.smtp_address()), "settings.example.test".to_owned());
        mailer.send("operation-1.0", "alice@example.test", &text(), 1_709_210_096_000).await.unwrap();
        let mails = sandbox.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["alice@example.test"]);
        assert_eq!(
            (mails[0].subject.as_str(), mails[0].text.trim_end()),
            ("Grüße an alle", text().body.trim_end())
        );
        let header = |name| mails[0].header(name).unwrap_or_default();
        assert_eq!(header("from"), "Latchkey <no-reply@latchkey.invalid>");
        assert_eq!(header("message-id"), "<operation-1.0@settings.example.test>");
        assert_eq!(header("date"), "Thu, 29 Feb 2024 12:34:56 +0000");
        assert_eq!(header("auto-submitted"), "auto-generated");
        assert!(header("content-type").starts_with("text/plain"));
    }

    #[tokio::test]
    async fn b29_internationalized_addresses_are_reached() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let mailer =
            Mailer::new(Smtp::for_loopback(sandbox.smtp_address()), "settings.example.test".to_owned());
        // With this fault the answer to EHLO lists no extension, so SMTPUTF8 is missing.
        let fault = Fault {
            path_contains: "smtp:".into(),
            method: Some("EHLO".into()),
            action: FaultAction::Status(250, None),
            times: None,
        };
        for (has_smtputf8, to, wanted) in [
            (false, "bob@exämple.de", Ok("bob@xn--exmple-cua.de")),
            (false, "b..ob@EXAMPLE.test", Ok("\"b..ob\"@example.test")),
            (false, "jürgen@exämple.de", Err(MailerError::NoSmtpUtf8)),
            (true, "jürgen@exämple.de", Ok("jürgen@xn--exmple-cua.de")),
        ] {
            sandbox.faults().clear();
            if !has_smtputf8 {
                sandbox.faults().push(fault.clone());
            }
            let sent = mailer.send("id", to, &text(), 0).await;
            assert_eq!(sent.clone(), wanted.clone().map(drop), "{to}");
            if let Ok(address) = wanted {
                let mail = sandbox.mails().pop().unwrap();
                assert_eq!(
                    (mail.to.as_slice(), mail.header("to")),
                    (&[address.to_owned()][..], Some(address))
                );
            }
            assert!(sent.is_ok() || sent.unwrap_err().is_final(), "{to}");
        }
        assert_eq!(sandbox.mails().len(), 3);
    }

    #[tokio::test]
    async fn b29_missing_smtp_extension_is_not_an_address_error() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let smtp = Smtp::for_loopback(sandbox.smtp_address());
        // The sandbox has no STARTTLS.
        let smtp = Smtp { security: SmtpSecurity::Starttls, host: "localhost".to_owned(), ..smtp };
        let mailer = Mailer::new(smtp, "settings.example.test".to_owned());
        for to in ["alice@example.test", "jürgen@exämple.de"] {
            let sent = mailer.send("id", to, &text(), 0).await;
            assert_eq!(sent, Err(MailerError::Unsuited), "{to}");
            assert!(!MailerError::Unsuited.is_final());
        }
    }

    #[tokio::test]
    async fn b29_failure_is_logged_without_an_address() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let smtp = Smtp::for_loopback(sandbox.smtp_address());
        let mailer = Mailer::new(smtp.clone(), "settings.example.test".to_owned());
        let text = text();
        let send = || mailer.send("id", "alice@example.test", &text, 0);
        for (verb, action, wanted) in [
            ("RCPT", FaultAction::Status(550, None), MailerError::Refused(550)),
            ("DATA", FaultAction::Status(451, None), MailerError::Refused(451)),
            ("CONNECT", FaultAction::Drop, MailerError::Unreachable),
        ] {
            let fault =
                Fault { path_contains: "smtp:".into(), method: Some(verb.into()), action, times: Some(1) };
            sandbox.faults().push(fault);
            assert_eq!(send().await, Err(wanted), "{verb}");
        }
        for to in ["no address", "", "a@b.test\r\nBcc: c@d.test"] {
            assert_eq!(mailer.send("id", to, &text, 0).await, Err(MailerError::Address), "{to:?}");
        }
        let secure = |security| Smtp { security, host: "localhost".to_owned(), ..smtp.clone() };
        for security in [SmtpSecurity::Tls, SmtpSecurity::Starttls] {
            let mailer = Mailer::new(secure(security), "settings.example.test".to_owned());
            assert!(mailer.send("id", "alice@example.test", &text, 0).await.is_err(), "never without TLS");
        }
        assert!(sandbox.mails().is_empty());
    }
}
