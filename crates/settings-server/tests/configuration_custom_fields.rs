//! `[[custom_fields]]`: an invalid field stops the start, and the error names it.

use settings_server::{Config, ConfigError};

/// Returns a configuration with the required settings only, and these fields.
pub(crate) fn with_fields(text: &str) -> Result<Config, ConfigError> {
    let text = format!(
        "public_url = \"http://localhost:4800/api\"\n[logto]\nendpoint = \"http://localhost:3001\"\n\
         client_id = \"machine\"\n[app]\nclient_id = \"app\"\n{text}"
    );
    let secret = ("LATCHKEY_LOGTO__CLIENT_SECRET", "test-secret-0123456789-0123456789");
    Config::parse(&text, [(secret.0.to_owned(), secret.1.to_owned())], None)
}

#[test]
fn b39_field_that_accepts_no_value_stops_the_start() {
    for (field, reason) in [
        ("name = \"a b\"\ntype = \"text\"", "custom_fields.a b: must have a name of letters, digits and _"),
        ("name = \"latchkey\"\ntype = \"text\"", "custom_fields.latchkey: must have a name"),
        ("name = \"__proto__\"\ntype = \"text\"", "custom_fields.__proto__: must have a name"),
        ("name = \"a\"\ntype = \"file\"", "custom_fields"),
        ("name = \"a\"", "custom_fields"),
        (
            "name = \"a\"\ntype = \"text\"\nmax = 3",
            "custom_fields.a: has max, which its type does not support",
        ),
        (
            "name = \"a\"\ntype = \"url\"\noptions = []",
            "custom_fields.a: has options, which its type does not support",
        ),
        (
            "name = \"a\"\ntype = \"text\"\nmin_length = 3\nmax_length = 2",
            "custom_fields.a: has limits that exclude every value",
        ),
        (
            "name = \"a\"\ntype = \"number\"\nmin = 1.5\nmax = 1",
            "custom_fields.a: has limits that exclude every value",
        ),
        ("name = \"a\"\ntype = \"date\"\nformat = \"yy-MM-dd\"", "custom_fields.a: must have a format"),
        ("name = \"a\"\ntype = \"select\"", "custom_fields.a: must have options"),
        (
            "name = \"a\"\ntype = \"select\"\noptions = [{ value = \"x\" }, { value = \"x\" }]",
            "custom_fields.a: must have options",
        ),
        ("name = \"a\"\ntype = \"pattern\"", "custom_fields.a: must have a pattern"),
        ("name = \"a\"\ntype = \"pattern\"\npattern = \"([\"", "custom_fields.a: must have a pattern"),
        ("name = \"a\"\ntype = \"text\"\naccess = \"off\"", "custom_fields.a: must have access"),
        ("name = \"a\"\ntype = \"text\"\ncolour = \"red\"", "custom_fields"),
        (
            "name = \"a\"\ntype = \"text\"\n[[custom_fields]]\nname = \"a\"\ntype = \"url\"",
            "custom_fields.a: given twice",
        ),
    ] {
        let error = with_fields(&format!("[[custom_fields]]\n{field}\n")).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{field}: {error}");
    }
    let many: String =
        (0..101).map(|n| format!("[[custom_fields]]\nname = \"f{n}\"\ntype = \"text\"\n")).collect();
    assert!(with_fields(&many).unwrap_err().to_string().starts_with("custom_fields: has more than 100"));
}
