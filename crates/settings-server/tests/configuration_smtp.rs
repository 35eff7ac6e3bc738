//! B39: the mail server and the retention of the audit log in the configuration.

use settings_server::config::SmtpSecurity;

use crate::configuration::{Folder, SECRET, text};
use crate::support::write_secret;

#[test]
fn b39_smtp_is_read_and_its_password_stays_out_of_the_file() {
    let folder = Folder::new(SECRET);
    write_secret(&folder.0.path().join("password"), "short\n");
    let smtp = |lines: &str, environment: &[(&str, &str)]| {
        let section = format!(
            "[smtp]\nhost = \"mail.example.com\"\nfrom = \"Example <a@example.com>\"\n{lines}\n[log]\n"
        );
        folder.parse(&text(&[("[log]\n", &section)]), environment).map(|config| config.smtp.unwrap())
    };
    let login = "username = \"latchkey\"\npassword_file = \"password\"";
    for (lines, security, port) in [
        (login, SmtpSecurity::Tls, 465),
        ("security = \"starttls\"", SmtpSecurity::Starttls, 587),
        ("port = 2525", SmtpSecurity::Tls, 2525),
    ] {
        let config = smtp(lines, &[]).unwrap();
        assert_eq!((config.security, config.port, config.login.is_some()), (security, port, lines == login));
    }
    let config = smtp("username = \"7\"", &[("LATCHKEY_SMTP__PASSWORD", "12345678")]).unwrap();
    assert!(!format!("{config:?}").contains("12345678"), "a secret is not in Debug");
    for (lines, wanted) in [
        ("security = \"none\"", "smtp.security: may be \"none\" only to"),
        ("security = \"ssl\"", "smtp.security: has a value that is not allowed"),
        ("port = 0", "smtp.port: must be between"),
        ("username = \"x\"", "smtp.password_file: missing"),
        ("password_file = \"password\"", "smtp.username: missing"),
        (
            "username = \"x\"\npassword_file = \"nowhere\"",
            "smtp.password_file: names a file that does not exist",
        ),
        ("username = \"x\"\npassword = \"canary\"", "smtp.password: must not be in the file"),
        ("tls = true", "smtp.tls: unknown setting"),
    ] {
        let error = smtp(lines, &[]).unwrap_err().to_string();
        assert!(error.starts_with(wanted) && !error.contains("canary"), "{lines}: {error}");
    }
    for (host, from, wanted) in
        [("", "a@example.com", "smtp.host: empty"), ("127.0.0.1", "nobody", "smtp.from: not an address")]
    {
        let section = format!("[smtp]\nhost = \"{host}\"\nfrom = \"{from}\"\n[log]\n");
        let error = folder.parse(&text(&[("[log]\n", &section)]), &[]).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let own_letters = "[smtp]\nhost = \"mail.exämple.de\"\nfrom = \"Example <a@exämple.de>\"\n[log]\n";
    let smtp = folder.parse(&text(&[("[log]\n", own_letters)]), &[]).unwrap().smtp.unwrap();
    assert_eq!(smtp.host, "mail.xn--exmple-cua.de");
    assert!(format!("{smtp:?}").contains("a@xn--exmple-cua.de"), "{smtp:?}");
    let here = "[smtp]\nhost = \"localhost\"\nsecurity = \"none\"\nfrom = \"a@example.com\"\n[log]\n";
    assert_eq!(folder.parse(&text(&[("[log]\n", here)]), &[]).unwrap().smtp.unwrap().port, 25);
}

#[test]
fn b39_audit_log_is_kept_forever_or_at_least_a_month() {
    let folder = Folder::new(SECRET);
    let retention = |section: &str| {
        let section = format!("{section}\n[log]\n");
        let config = folder.parse(&text(&[("[log]\n", &section)]), &[]);
        config.map(|config| config.journal.retention).map_err(|error| error.to_string())
    };
    assert_eq!(retention(""), Ok(None));
    assert_eq!(retention("[journal]"), Ok(None));
    let month = std::time::Duration::from_secs(30 * 24 * 60 * 60);
    assert_eq!(retention("[journal]\nretention_days = 30"), Ok(Some(month)));
    for days in ["0", "29", "36501"] {
        let error = retention(&format!("[journal]\nretention_days = {days}")).unwrap_err();
        assert!(error.starts_with("journal.retention_days: must be between"), "{error}");
    }
}
