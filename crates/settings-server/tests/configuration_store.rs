//! B39: the `[store]`, the budgets of `[limits]`, and the errors of invalid ones.

use settings_server::config::DatabaseLocation;

use crate::configuration::{Folder, KEY, SECRET, text};
use crate::support::write_secret;

#[test]
fn b39_wrong_store_or_budget_stops_the_start_and_is_named() {
    let folder = Folder::new(SECRET);
    let cases: &[(&str, &str, &str)] = &[
        // the store
        (
            "[store]\n",
            "[store]\nurl = \"latchkey.db\"\n",
            "store.url: must begin with sqlite: or postgres://",
        ),
        ("[store]\n", "[store]\nurl = \"sqlite:\"\n", "store.url: names no file"),
        ("[store]\n", "[store]\nurl = \"sqlite::memory:\"\n", "store.url: would keep nothing"),
        (
            "[store]\n",
            "[store]\nurl = \"sqlite:a.db?mode=ro\"\n",
            "store.url: must be sqlite: and a file name",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"sqlite:nowhere/a.db\"\n",
            "store.url: names a file in a folder that does not exist",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"postgres://latchkey@db.example/latchkey\"\n",
            "store.encryption_key_files: missing",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"postgres://u:test-secret-0123456789-abcdefgh@db.example/x\"\n",
            "store.url: must not hold a password in the file",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"postgres://u@db.example/x?password=test-secret-0123456789-abcdefgh\"\n",
            "store.url: must not hold a password in the file",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"postgres://db.example:none/x\"\n",
            "store.url: not a URL of PostgreSQL",
        ),
        (
            "[store]\n",
            "[store]\nurl_file = \"nowhere\"\n",
            "store.url_file: names a file that does not exist",
        ),
        (
            "[store]\n",
            "[store]\nurl_file = \"secret\"\n",
            "store.url_file: must begin with sqlite: or postgres://",
        ),
        (
            "[store]\n",
            "[store]\nurl = \"sqlite:a.db\"\nurl_file = \"secret\"\n",
            "store.url: given in addition to url_file",
        ),
        (
            "[store]\n",
            "[store]\nencryption_key_files = [\"nowhere\"]\n",
            "store.encryption_key_files: names a file that does not exist",
        ),
        (
            "[store]\n",
            "[store]\nencryption_key_files = [\"secret\"]\n",
            "store.encryption_key_files: names a file that holds no key: not base64",
        ),
        ("[store]\n", "[store]\nencryption_keys = []\n", "store.encryption_keys: unknown setting"),
        // budgets
        (
            "[limits]\n",
            "[limits]\nsms_overall = []\n",
            "limits.sms_overall: must have a rule (no budget can be switched off)",
        ),
        ("[limits]\n", "[limits]\nsms_overall = \"3 per day\"\n", "limits.sms_overall: wrong type"),
        ("[limits]\n", "[limits]\nsms_per_user = [\"3 per week\"]\n", "limits.sms_per_user: must be a list"),
        ("[limits]\n", "[limits]\nsms_per_user = [\"0 per day\"]\n", "limits.sms_per_user: must be a list"),
        ("[limits]\n", "[limits]\nsms_per_user = [\"+3 per day\"]\n", "limits.sms_per_user: must be a list"),
        (
            "[limits]\n",
            "[limits]\nsms_per_user = [\"9999 per day\"]\n",
            "limits.sms_per_user: must be a list",
        ),
        (
            "[limits]\n",
            "[limits]\nsms_per_user = [\"3 per 8 days\"]\n",
            "limits.sms_per_user: must be a list",
        ),
        (
            "[limits]\n",
            "[limits]\nsms_per_user = [\"3 per 18446744073709551615 days\"]\n",
            "limits.sms_per_user: must be a list",
        ),
        ("[limits]\n", "[limits]\nsms_countries = [\"de\"]\n", "limits.sms_countries: must hold"),
        ("[limits]\n", "[limits]\nsms_countries = [\"+49\"]\n", "limits.sms_countries: must hold"),
    ];
    for (old, new, wanted) in cases {
        let error = folder.parse(&text(&[(old, new)]), &[]).expect_err(wanted).to_string();
        assert!(error.starts_with(wanted), "{old} -> {new}: {error}");
        assert!(!error.contains(SECRET));
    }
}

#[test]
fn b12_no_list_of_countries_is_not_an_empty_one() {
    let folder = Folder::new(SECRET);
    let countries = |list: &str, environment: &[(&str, &str)]| {
        let config = folder.parse(&text(&[("[limits]\n", &format!("[limits]\n{list}"))]), environment);
        config.unwrap().budgets.sms_countries
    };
    assert_eq!(countries("", &[]), None);
    assert_eq!(countries("sms_countries = []\n", &[]), Some(Vec::new()));
    assert_eq!(countries("", &[("LATCHKEY_LIMITS__SMS_COUNTRIES", "[]")]), Some(Vec::new()));
    assert_eq!(countries("sms_countries = [\"AT\"]\n", &[]), Some(vec!["AT".to_owned()]));
}

#[test]
fn b39_the_stores_secrets_come_from_files_or_the_environment() {
    let folder = Folder::new(SECRET);
    let url = "postgres://latchkey:canary-password@db.example/latchkey";
    write_secret(&folder.0.path().join("url"), format!("{url}\n"));
    write_secret(&folder.0.path().join("key"), KEY);
    write_secret(&folder.0.path().join("other-key"), format!("A{}", &KEY[1..]));
    let keys = "[store]\nencryption_key_files = [\"other-key\", \"key\"]\n";
    let from_file = text(&[("[store]\n", &format!("{keys}url_file = \"url\"\n"))]);
    let from_environment = [("LATCHKEY_STORE__URL", url)];
    for config in [
        folder.parse(&from_file, &[]).unwrap(),
        folder.parse(&text(&[("[store]\n", keys)]), &from_environment).unwrap(),
    ] {
        assert!(matches!(config.store.database, DatabaseLocation::Postgres(_)));
        assert_eq!(config.store.encryption_keys.len(), 2);
        let debug = format!("{config:?}");
        assert!(!debug.contains("canary-password") && !debug.contains(KEY.trim()), "{debug}");
    }

    for (content, wanted) in [
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "names a file that holds no key: weak"),
        ("AAECAwQFBgcICQoLDA0ODw==", "names a file that holds no key: not 32 bytes"),
        (KEY.trim(), "names the same key twice"),
    ] {
        write_secret(&folder.0.path().join("other-key"), content);
        let error = folder.parse(&text(&[("[store]\n", keys)]), &[]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("store.encryption_key_files: {wanted}")), "{error}");
        assert!(!error.contains(content));
    }
}
