//! B39: valid configurations, and the errors of invalid ones.

use std::path::Path;

use proptest::prelude::*;
use settings_server::Config;
use settings_server::config::{Budgets, ConfigError, DatabaseLocation, FieldMode};

use crate::support::write_secret;

pub(crate) const SECRET: &str = "test-secret-0123456789-abcdefgh";
/// 32 bytes, as `openssl rand -base64 32` writes them.
pub(crate) const KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=\n";

/// Returns a valid configuration, with a line replaced or added.
pub(crate) fn text(change: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "public_url = \"https://settings.example.com/api\"\n\
         [listen]\naddress = \"127.0.0.1:4800\"\n\
         [logto]\nendpoint = \"https://tenant.logto.app\"\nclient_id = \"machine\"\n\
         client_secret_file = \"secret\"\n\
         [app]\nclient_id = \"native\"\n\
         [access]\n[fields]\n[limits]\n[store]\n[log]\n",
    );
    for (old, new) in change {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    text
}

pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new(secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_secret(&folder.path().join("secret"), secret);
        Self(folder)
    }

    pub(crate) fn parse(&self, text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::parse(text, environment, Some(self.0.path()))
    }
}

#[test]
fn b39_a_right_configuration_is_read() {
    let folder = Folder::new(&format!("{SECRET}\n"));
    let config = folder.parse(&text(&[]), &[]).unwrap();
    assert_eq!(config.public_url.to_string(), "https://settings.example.com/api");
    assert_eq!(
        config.public_url.metadata_url(),
        "https://settings.example.com/.well-known/oauth-protected-resource/api"
    );
    assert_eq!(config.logto.issuer, "https://tenant.logto.app/oidc");
    assert_eq!(config.logto.management_api, "https://tenant.logto.app/api");
    assert_eq!(config.logto.management_resource, "https://default.logto.app/api");
    assert_eq!(config.app.scheme, "app.latchkey");
    assert!(config.listen.address.ip().is_loopback());
    let DatabaseLocation::File(file) = &config.store.database else { panic!("{:?}", config.store) };
    assert_eq!(*file, folder.0.path().join("latchkey.db"), "next to the configuration");
}

#[test]
fn b39_the_default_address_is_loopback() {
    let folder = Folder::new(SECRET);
    let config = folder.parse(&text(&[("[listen]\naddress = \"127.0.0.1:4800\"\n", "")]), &[]).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:4800");
}

#[test]
fn b39_wrong_configuration_stops_the_start_and_is_named() {
    let folder = Folder::new(SECRET);
    let cases: &[(&str, &str, &str)] = &[
        // missing
        ("public_url = \"https://settings.example.com/api\"\n", "", "public_url: missing"),
        ("endpoint = \"https://tenant.logto.app\"\n", "", "logto.endpoint: missing"),
        ("client_id = \"machine\"\n", "", "logto.client_id: missing"),
        ("client_secret_file = \"secret\"\n", "", "logto.client_secret_file: missing"),
        ("client_id = \"native\"\n", "", "app.client_id: missing"),
        ("[app]\nclient_id = \"native\"\n", "", "app: missing"),
        // unknown
        ("[app]\n", "[app]\ncolour = \"red\"\n", "app.colour: unknown setting"),
        ("[log]\n", "[logs]\n", "logs: unknown setting"),
        ("[fields]\n", "[fields]\nemial = \"off\"\n", "fields.emial: unknown setting"),
        ("[limits]\n", "[limits]\nrequests = 1\n", "limits.requests: unknown setting"),
        // wrong type or value
        ("\"127.0.0.1:4800\"", "4800", "listen.address"),
        ("\"127.0.0.1:4800\"", "\"localhost\"", "listen.address"),
        ("[fields]\n", "[fields]\nname = \"maybe\"\n", "fields.name: has a value that is not allowed"),
        ("[access]\n", "[access]\nscopes = \"none\"\n", "access.scopes: has a value that is not allowed"),
        ("[limits]\n", "[limits]\nrequest_seconds = 0\n", "limits.request_seconds: must be between"),
        ("[limits]\n", "[limits]\nupstream_seconds = 9999\n", "limits.upstream_seconds: must be between"),
        ("[limits]\n", "[limits]\nread_cache_seconds = 6\n", "limits.read_cache_seconds: must be between 0"),
        ("[log]\n", "[log]\nfilter = \"\"\n", "log.filter"),
        ("[log]\n", "[log]\nfilter = \"loud\"\n", "log.filter"),
        ("[log]\n", "[log]\nfilter = \"info,\"\n", "log.filter"),
        ("[log]\n", "[log]\nfilter = \"info,logto_client=\"\n", "log.filter"),
        ("[log]\n", "[log]\nfilter = \"a=b=c\"\n", "log.filter"),
        ("[log]\n", "[log]\nfilter = \"[request]=debug\"\n", "log.filter"),
        ("client_id = \"native\"", "client_id = \"\"", "app.client_id: empty"),
        ("client_id = \"machine\"", "client_id = \"a b\"", "logto.client_id: empty or contains white space"),
        ("[access]\n", "[access]\nfurther_client_ids = [\"a\", \"a\"]\n", "access.further_client_ids"),
        ("[app]\n", "[app]\nscheme = \"latchkey\"\n", "app.scheme: must be a reverse domain name"),
        ("[app]\n", "[app]\nscheme = \"https\"\n", "app.scheme"),
        ("[app]\n", "[app]\nscheme = \"App.Latchkey\"\n", "app.scheme"),
        ("[app]\n", "[app]\nname = \"\"\n", "app.name"),
        // secrets
        (
            "client_secret_file = \"secret\"",
            "client_secret = \"test-secret-0123456789-abcdefgh\"",
            "logto.client_secret: must not be in the file",
        ),
        (
            "client_secret_file = \"secret\"",
            "client_secret_file = \"nowhere\"",
            "logto.client_secret_file: names a file that does not exist",
        ),
        // http and other URLs
        ("https://tenant.logto.app", "http://tenant.logto.app", "logto.endpoint: must be https"),
        ("https://tenant.logto.app", "http://10.0.0.1:3001", "logto.endpoint: must be https"),
        ("https://tenant.logto.app", "http://127.0.0.1.evil.example", "logto.endpoint: must be https"),
        ("https://tenant.logto.app", "ftp://tenant.logto.app", "logto.endpoint: must be an https URL"),
        ("https://tenant.logto.app", "https://u:p@tenant.logto.app", "logto.endpoint: must have no user"),
        ("https://tenant.logto.app", "tenant", "logto.endpoint: not a URL"),
        ("https://tenant.logto.app", "https:/tenant.logto.app", "logto.endpoint: not a URL"),
        ("https://tenant.logto.app", "https://https://tenant.logto.app", "logto.endpoint: not a URL"),
        (
            "https://settings.example.com/api",
            "https:/settings.example.com/api",
            "public_url: must be spelled",
        ),
        ("[logto]\n", "[logto]\nissuer = \"http://tenant.logto.app/oidc\"\n", "logto.issuer: must be https"),
        ("https://settings.example.com/api", "http://settings.example.com/api", "public_url: must be https"),
        (
            "https://settings.example.com/api",
            "https://settings.example.com/api/",
            "public_url: must be spelled",
        ),
        (
            "https://settings.example.com/api",
            "https://Settings.example.com/api",
            "public_url: must be spelled",
        ),
        (
            "https://settings.example.com/api",
            "https://settings.example.com:443/api",
            "public_url: must be spelled",
        ),
        (
            "https://settings.example.com/api",
            "https://settings.example.com/api?x=1",
            "public_url: must be spelled",
        ),
        (
            "https://settings.example.com/api",
            "https://settings.example.com/api#x",
            "public_url: must be spelled",
        ),
        ("settings.example.com/api", "settings.example.com/:api", "public_url: must have no path segment"),
        ("settings.example.com/api", "settings.example.com/a/*b", "public_url: must have no path segment"),
        ("settings.example.com/api", "settings.example.com/{api}", "public_url: must be spelled"),
        ("https://settings.example.com/api", "settings.example.com", "public_url: not a URL"),
        // listening addresses
        ("127.0.0.1:4800", "0.0.0.0:4800", "listen.address: not a loopback address"),
        ("127.0.0.1:4800", "[::]:4800", "listen.address: not a loopback address"),
        ("127.0.0.1:4800", "192.0.2.1:4800", "listen.address: not a loopback address"),
        (
            "[listen]\n",
            "[listen]\nmetrics_address = \"127.0.0.1:4800\"\n",
            "listen.metrics_address: must differ",
        ),
        (
            "[listen]\n",
            "[listen]\nmetrics_address = \"0.0.0.0:4801\"\n",
            "listen.metrics_address: not a loopback address",
        ),
        ("[listen]\n", "[listen]\nmetrics_hosts = [\"a b\"]\n", "listen.metrics_hosts: must be a list"),
        ("[listen]\n", "[listen]\nmetrics_hosts = [\"http://a\"]\n", "listen.metrics_hosts: must be a list"),
        ("[listen]\n", "[listen]\nmetrics_hosts = [\"\"]\n", "listen.metrics_hosts: must be a list"),
        (
            "[listen]\n",
            "[listen]\ntrusted_proxies = [\"proxy.example\"]\n",
            "listen.trusted_proxies: must be a list of networks",
        ),
        ("[listen]\n", "[listen]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", "listen.trusted_proxies: must be"),
        ("[listen]\n", "[listen]\ntrusted_proxies = [\"::/0\"]\n", "listen.trusted_proxies: must be"),
        ("[listen]\n", "[listen]\ntls = { certificate = \"x\" }\n", "listen.tls: not supported"),
    ];
    for (old, new, wanted) in cases {
        let error = folder.parse(&text(&[(old, new)]), &[]).expect_err(wanted).to_string();
        assert!(error.starts_with(wanted), "{old} -> {new}: {error}");
        assert!(!error.contains(SECRET));
    }
    let not_toml = folder.parse("public_url = [", &[]).unwrap_err();
    assert!(matches!(not_toml, ConfigError::Syntax { .. }), "{not_toml:?}");
    let both =
        folder.parse(&text(&[]), &[("LATCHKEY_LOGTO__CLIENT_SECRET", SECRET)]).unwrap_err().to_string();
    assert!(both.starts_with("logto.client_secret: given in addition to"), "{both}");
}

#[test]
fn b39_weak_secrets_are_refused() {
    for (secret, wanted) in [
        ("", "empty"),
        ("\n", "empty"),
        ("short", "weak"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weak"),
        ("twenty-three-characters", "weak"),
        ("two words are not a secret of an application", "contains white space"),
        ("first-line-0123456789-abcdefgh\nsecond", "contains white space"),
    ] {
        let error = Folder::new(secret).parse(&text(&[]), &[]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("logto.client_secret_file: {wanted}")), "{secret:?}: {error}");
        assert!(secret.trim().is_empty() || !error.contains(secret));
    }
}

#[test]
fn b39_behind_a_proxy_any_address_may_be_listened_on() {
    let folder = Folder::new(SECRET);
    let config = folder
        .parse(
            &text(&[("address = \"127.0.0.1:4800\"", "address = \"0.0.0.0:4800\"\nbehind_proxy = true")]),
            &[],
        )
        .unwrap();
    assert_eq!(config.listen.address.to_string(), "0.0.0.0:4800");
    let report = settings_server::check::file(&config).to_string();
    assert!(report.contains("warning trusted_proxies: "), "{report}");
    assert_eq!(report.lines().count(), 3);
}

#[test]
fn b39_http_is_accepted_on_this_machine_only() {
    let folder = Folder::new(SECRET);
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let endpoint = format!("http://{host}:3001");
        let public = format!("http://{host}:4800/api");
        let text =
            text(&[("https://tenant.logto.app", &endpoint), ("https://settings.example.com/api", &public)]);
        let config = folder.parse(&text, &[]).unwrap();
        assert_eq!(config.logto.issuer, format!("{endpoint}/oidc"));
        assert_eq!(config.public_url.to_string(), public);
    }
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/latchkey-server.example.toml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn b39_the_example_configuration_is_right() {
    let example = example();
    let folder = Folder::new(SECRET);
    write_secret(&folder.0.path().join("client-secret"), SECRET);
    for file in ["smtp-password", "corp-id-secret", "corp-ca.pem", "apple.p8"] {
        write_secret(&folder.0.path().join(file), "short");
    }
    write_secret(&folder.0.path().join("encryption-key"), KEY);
    let here = |text: &str| text.replace("/etc/latchkey/", "");
    folder.parse(&here(&example), &[]).unwrap();
    // Every line that is commented out is valid, too, once it is not.
    let full: String = example
        .lines()
        .map(|line| line.strip_prefix("#:").map_or(line, str::trim_start))
        .collect::<Vec<_>>()
        .join("\n");
    assert_ne!(full, example.trim_end());
    let config = folder.parse(&here(&full), &[]).unwrap();
    assert_eq!(config.fields.phone, Some(FieldMode::ReadOnly));
    assert_eq!(config.smtp.unwrap().port, 465);
    // The documented defaults are the real ones.
    let countries = ["DE", "AT", "41"].map(str::to_owned).to_vec();
    assert_eq!(config.budgets, Budgets { sms_countries: Some(countries), ..Budgets::default() });
}

#[test]
fn b39_the_reference_names_every_setting_and_its_real_default() {
    let folder = Folder::new(SECRET);
    let shown = |config: Config| format!("{config:?}");
    let minimal = shown(folder.parse(&text(&[]), &[]).unwrap());
    let settings = settings_server::config::settings();
    let defaults: Vec<(String, String)> = settings
        .iter()
        .filter(|setting| !setting.name.starts_with("smtp."))
        .filter_map(|setting| Some((setting.variable.clone()?, setting.default.as_ref()?.to_string())))
        .collect();
    assert!(defaults.len() > 20, "{defaults:?}");
    for (variable, default) in &defaults {
        let config = folder.parse(&text(&[]), &[(variable.as_str(), default.as_str())]).map(shown);
        assert_eq!(config.as_ref(), Ok(&minimal), "{variable} is {default}");
    }
    // The example explains every setting.
    let example = example();
    for setting in &settings {
        let key = setting.name.rsplit('.').next().unwrap();
        assert!(example.contains(key), "{} is not in the example", setting.name);
    }
}

#[test]
fn b39_file_with_a_byte_order_mark_is_read() {
    let folder = Folder::new(SECRET);
    let path = folder.0.path().join("latchkey.toml");
    std::fs::write(&path, format!("\u{feff}{}", text(&[]))).unwrap();
    assert_eq!(Config::load(&path, []).unwrap().app.client_id, "native");
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("/nowhere/latchkey.toml"), []).unwrap_err();
    assert_eq!(error.to_string(), "/nowhere/latchkey.toml: entity not found");
}

proptest! {
    #[test]
    fn fuzz_configurations_never_panic(text in "\\PC{0,400}") {
        let parsed = Config::parse(&text, [], None);
        prop_assert!(parsed.is_err(), "no random text is a configuration");
    }

    #[test]
    fn fuzz_values_of_a_configuration_never_panic(
        field in "public_url|endpoint|issuer|scheme|address|scopes|filter|store",
        value in "\\PC{0,60}",
    ) {
        let environment = [
            ("LATCHKEY_PUBLIC_URL", "https://settings.example.com".to_owned()),
            ("LATCHKEY_LOGTO__ENDPOINT", "https://tenant.logto.app".to_owned()),
            ("LATCHKEY_LOGTO__CLIENT_ID", "machine".to_owned()),
            ("LATCHKEY_LOGTO__CLIENT_SECRET", SECRET.to_owned()),
            ("LATCHKEY_APP__CLIENT_ID", "native".to_owned()),
            (match field.as_str() {
                "public_url" => "LATCHKEY_PUBLIC_URL",
                "endpoint" => "LATCHKEY_LOGTO__ENDPOINT",
                "issuer" => "LATCHKEY_LOGTO__ISSUER",
                "scheme" => "LATCHKEY_APP__SCHEME",
                "address" => "LATCHKEY_LISTEN__ADDRESS",
                "scopes" => "LATCHKEY_ACCESS__SCOPES",
                "store" => "LATCHKEY_STORE__URL",
                _ => "LATCHKEY_LOG__FILTER",
            }, value),
        ];
        if let Ok(config) = Config::parse("", environment.map(|(name, value)| (name.to_owned(), value)), None) {
            // Whatever was accepted keeps the rules.
            prop_assert!(!config.public_url.to_string().ends_with('/'));
            prop_assert!(config.listen.address.ip().is_loopback());
            prop_assert!(config.app.scheme.contains('.'));
        }
    }
}
