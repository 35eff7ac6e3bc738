//! B39: variables of the environment, which other programs set, too: how they are read, and that texts stay texts.

use settings_server::Config;
use settings_server::config::{FieldMode, ScopeRule, settings};

use crate::configuration::{Folder, SECRET, text};

#[test]
fn b39_environment_overrides_the_file() {
    let folder = Folder::new(SECRET);
    let config = folder
        .parse(
            &text(&[]),
            &[
                ("LATCHKEY_PUBLIC_URL", "https://other.example.com"),
                ("LATCHKEY_LISTEN__ADDRESS", "127.0.0.1:9000"),
                ("LATCHKEY_LISTEN__BEHIND_PROXY", "true"),
                (
                    "LATCHKEY_LISTEN__TRUSTED_PROXIES",
                    "[\"10.0.0.0/8\", \"2001:db8::1\", \"::ffff:192.0.2.1\"]",
                ),
                ("LATCHKEY_APP__CLIENT_ID", "1234567890"),
                ("LATCHKEY_FIELDS__CUSTOM_DATA", "read-only"),
                ("LATCHKEY_ACCESS__SCOPES", "audience-only"),
                ("LATCHKEY_ACCESS__FURTHER_CLIENT_IDS", "[\"one\", \"two\"]"),
                ("LATCHKEY_LIMITS__REQUEST_SECONDS", "7"),
                ("LATCHKEY_LIMITS__READ_CACHE_SECONDS", "0"),
                ("LATCHKEY_LIMITS__PASSWORD_TRIES_PER_IP", "[\"2 per 90 s\", \"9 per 2 days\"]"),
                // Other programs' variables are left alone.
                ("LATCHKEY_SERVER", "https://not-ours.example.com"),
                ("PATH", "/bin"),
            ],
        )
        .unwrap();
    assert_eq!(config.public_url.to_string(), "https://other.example.com");
    assert_eq!(config.public_url.metadata_path(), "/.well-known/oauth-protected-resource");
    assert_eq!(config.listen.address.port(), 9000);
    assert!(config.listen.behind_proxy);
    let proxies: Vec<String> = config.listen.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "2001:db8::1/128", "192.0.2.1/32"]);
    assert_eq!(config.app.client_id, "1234567890");
    assert_eq!(config.fields.custom_data, Some(FieldMode::ReadOnly));
    assert_eq!(config.access.scopes, ScopeRule::AudienceOnly);
    assert_eq!(config.access.further_client_ids, ["one", "two"]);
    assert_eq!(config.limits.request_timeout.as_secs(), 7);
    assert!(config.limits.read_cache.is_zero(), "switched off");
    let rules = config.budgets.password_tries_per_ip.iter().map(|rule| (rule.most, rule.within.as_secs()));
    assert_eq!(rules.collect::<Vec<_>>(), [(2, 90), (9, 172_800)]);

    let unknown = folder.parse(&text(&[]), &[("LATCHKEY_LOGTO__CLINT_ID", "x")]).unwrap_err();
    assert_eq!(unknown.to_string(), "logto.clint_id: unknown setting");
    let no_file = text(&[("client_secret_file = \"secret\"\n", "")]);
    let config = folder.parse(&no_file, &[("LATCHKEY_LOGTO__CLIENT_SECRET", SECRET)]).unwrap();
    assert!(!format!("{config:?}").contains(SECRET), "a secret is not in Debug");
}

#[cfg(unix)]
#[test]
fn b39_foreign_variables_that_are_not_utf_8_are_ignored() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let read = |name: &[u8], value: &[u8]| {
        let ours = ("LATCHKEY_APP__CLIENT_ID".into(), "native".into());
        settings_server::config::environment([(bytes(name), bytes(value)), ours])
    };
    let wanted = vec![("LATCHKEY_APP__CLIENT_ID".to_owned(), "native".to_owned())];
    assert_eq!(read(b"OTHER", b"\xff"), Ok(wanted.clone()));
    assert_eq!(read(b"OTHER\xff", b"x"), Ok(wanted));
    for (name, in_error) in [
        (&b"LATCHKEY_LOGTO__CLIENT_SECRET"[..], "LATCHKEY_LOGTO__CLIENT_SECRET: not UTF-8"),
        (&b"LATCHKEY_\xff"[..], "LATCHKEY_\u{fffd}: not UTF-8"),
    ] {
        assert_eq!(read(name, b"canary\xff").unwrap_err().to_string(), in_error);
    }
}

#[test]
fn b39_values_of_the_environment_are_read_as_toml_or_stay_text() {
    let accepted = |name: &str, value: &str| {
        let environment = [
            ("LATCHKEY_PUBLIC_URL", "https://settings.example.com"),
            ("LATCHKEY_LOGTO__ENDPOINT", "https://tenant.logto.app"),
            ("LATCHKEY_LOGTO__CLIENT_ID", "machine"),
            ("LATCHKEY_LOGTO__CLIENT_SECRET", SECRET),
            ("LATCHKEY_APP__CLIENT_ID", "native"),
            (name, value),
        ];
        Config::parse("", environment.map(|(name, value)| (name.to_owned(), value.to_owned())), None)
    };
    assert!(accepted("LATCHKEY_PUBLIC_URL", "\"https://settings.example.com\"").is_ok(), "quoted");
    assert!(accepted("LATCHKEY_LISTEN__BEHIND_PROXY", "true").is_ok(), "a boolean");
    for (value, name) in [
        ("3", "3"),
        ("007", "007"),
        ("1e3", "1e3"),
        ("true", "true"),
        ("1979-05-27", "1979-05-27"),
        ("[1, 2]", "[1, 2]"),
        ("{ a = 1 }", "{ a = 1 }"),
        ("\"Example Corp\"", "Example Corp"),
        ("'3'", "3"),
        ("Example \"Corp\"", "Example \"Corp\""),
    ] {
        let config = accepted("LATCHKEY_APP__NAME", value).unwrap();
        assert_eq!(config.app.name.as_deref(), Some(name), "{value}");
    }
    // Found by the fuzz test below: a character of several bytes after a backslash.
    for hostile in ["\"\u{10a05}\\a\"", "\u{10a05}\\", "\"\\u{", "[\"\u{10a05}\\a\"]", "{a = 1}", "1\n[app]"]
    {
        let error = accepted("LATCHKEY_PUBLIC_URL", hostile).unwrap_err().to_string();
        assert!(error.starts_with("public_url: "), "{hostile:?} -> {error}");
    }
}

/// Every setting that is a text, with values that TOML would read as something else.
#[test]
fn b39_texts_of_the_environment_never_have_the_wrong_type() {
    let folder = Folder::new(SECRET);
    let texts = settings().into_iter().filter(|setting| setting.is_text);
    let variables: Vec<String> = texts.filter_map(|setting| setting.variable).collect();
    assert!(variables.len() > 20, "{variables:?}");
    for variable in variables {
        for value in ["3", "true", "1979-05-27", "[1]"] {
            let Err(error) = folder.parse(&text(&[]), &[(variable.as_str(), value)]) else { continue };
            assert!(!error.to_string().contains("wrong type"), "{variable}={value}: {error}");
        }
    }
}
