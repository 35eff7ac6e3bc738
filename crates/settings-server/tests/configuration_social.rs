//! B39: the linking of social accounts in the configuration.

use settings_server::config::{ProviderSecret, ResponseMode, Social};

use crate::configuration::{Folder, SECRET, text};
use crate::support::write_secret;

/// Reads a configuration with these further lines at its end.
fn social(folder: &Folder, lines: &str) -> Result<Social, String> {
    let section = format!("{lines}\n[log]\n");
    let config = folder.parse(&text(&[("[log]\n", &section)]), &[]);
    config.map(|config| config.social).map_err(|error| error.to_string())
}

fn folder() -> Folder {
    let folder = Folder::new(SECRET);
    write_secret(&folder.0.path().join("provider"), "canary");
    folder
}

const CORP: &str =
    "[[social_openid]]\ntarget = \"corp-id\"\nissuer = \"https://id.example.com\"\nclient_id = \"logto\"\n";

#[test]
fn b39_social_providers_are_read_and_show_no_secret() {
    let folder = folder();
    let read = social(
        &folder,
        &format!("[social]\ndirect = [\"discord\"]\n{CORP}client_secret_file = \"provider\""),
    );
    let Social { direct, openid } = read.unwrap();
    assert_eq!((direct.as_slice(), openid.len()), (&["discord".to_owned()][..], 1));
    let provider = &openid[0];
    assert_eq!(provider.scopes, ["openid", "profile", "email"]);
    assert_eq!((provider.response_mode, &provider.ca_pem), (None, &None));
    assert!(matches!(provider.client_secret, ProviderSecret::Shared(_)));
    assert!(!format!("{openid:?}").contains("canary"));

    let apple =
        "team_id = \"T\"\nkey_id = \"K\"\nprivate_key_file = \"provider\"\nresponse_mode = \"form-post\"";
    let provider = &social(&folder, &format!("{CORP}{apple}")).unwrap().openid[0];
    assert_eq!(provider.response_mode, Some(ResponseMode::FormPost));
    assert!(matches!(&provider.client_secret, ProviderSecret::Apple { team_id, .. } if team_id == "T"));
}

#[test]
fn b39_social_providers_that_cannot_be_used_are_named() {
    let folder = folder();
    let secret = "client_secret_file = \"provider\"";
    let with = |line: &str| format!("{CORP}{secret}\n{line}");
    for (lines, wanted) in [
        ("[social]\ndirect = [\"a\", \"a\"]".to_owned(), "social.direct: holds a repeated target"),
        (
            "[social]\ndirect = [\"\"]".to_owned(),
            "social.direct: holds a repeated target, or one that is none",
        ),
        (format!("[social]\ndirect = [\"corp-id\"]\n{CORP}{secret}"), "social.direct: holds a target of"),
        (CORP.to_owned(), "social_openid.client_secret_file: either it or private_key_file"),
        (with("private_key_file = \"provider\""), "social_openid.client_secret_file: either it or"),
        (format!("{CORP}private_key_file = \"provider\""), "social_openid.team_id: missing"),
        (
            format!("{CORP}client_secret_file = \"nowhere\""),
            "social_openid.client_secret_file: names a file that",
        ),
        (format!("{CORP}client_secret = \"canary\""), "client_secret: unknown setting"),
        (with("scopes = [\"email\"]"), "social_openid.scopes: must be scopes, openid among them"),
        (with("ca_file = \"nowhere\""), "social_openid.ca_file: "),
        (with("response_mode = \"fragment\""), "response_mode: has a value that is not allowed"),
        (format!("{CORP}{secret}\n{CORP}{secret}"), "social_openid.target: the same target twice"),
        (with("").replace("https://id", "http://id"), "social_openid.issuer: must be https"),
        (
            with("").replace("id.example.com", "id.example.com?x"),
            "social_openid.issuer: must have no user, query",
        ),
        (with("").replace("\"corp-id\"", "\"\""), "social_openid.target: not the target of a connector"),
        (with("").replace("\"logto\"", "\"\""), "social_openid.client_id: empty"),
    ] {
        let error = social(&folder, &lines).unwrap_err();
        assert!(error.contains(wanted) && !error.contains("canary"), "{lines}: {error}");
    }
}
