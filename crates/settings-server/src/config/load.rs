//! Reading the configuration: one TOML file, overridden by the environment, with errors that name the field.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::Config;
use super::reference::settings;
use super::sections::File;

/// The prefix of our variables.
pub(super) const PREFIX: &str = "LATCHKEY_";

/// Secrets that must not be in the file, and what to do instead.
const ENVIRONMENT_ONLY: [(&str, &str); 2] = [
    (
        "logto.client_secret",
        "must not be in the file (use logto.client_secret_file or LATCHKEY_LOGTO__CLIENT_SECRET)",
    ),
    ("smtp.password", "must not be in the file (use smtp.password_file or LATCHKEY_SMTP__PASSWORD)"),
];
/// The variables of settings that are texts, and of these those that are secrets.
static TEXTS: LazyLock<HashMap<String, Text>> = LazyLock::new(|| {
    let texts = settings().into_iter().filter(|setting| setting.is_text);
    let kind = |is_secret| if is_secret { Text::Secret } else { Text::Plain };
    texts.filter_map(|setting| Some((setting.variable?, kind(setting.is_secret)))).collect()
});

#[derive(Clone, Copy)]
enum Text {
    /// May be in quotes, as in TOML: other programs read the same file of variables.
    Plain,
    /// Each character counts.
    Secret,
}

/// Why the configuration cannot be used. Never holds a value, only names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {reason}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        reason: String,
    },
    /// One field is wrong; `field` is its dotted name.
    #[error("{field}: {reason}")]
    Field {
        /// The field's dotted name, e.g. `logto.client_id`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is not TOML.
    #[error("the configuration is not valid TOML: {reason}")]
    Syntax {
        /// Where, in the words of the parser.
        reason: String,
    },
}

impl ConfigError {
    pub(super) fn field(field: &str, reason: &str) -> Self {
        Self::Field { field: field.to_owned(), reason: reason.to_owned() }
    }
}

/// Returns the environment as text, for [`Config::load`]. Variables that are not UTF-8 belong to other programs and
/// are left out.
///
/// # Errors
/// [`ConfigError::Field`] for a variable of ours that is not UTF-8, by name.
pub fn environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut texts = Vec::new();
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => texts.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with(PREFIX) => {
                return Err(ConfigError::field(&name, "not UTF-8"));
            }
            (Err(name), _) if name.to_string_lossy().starts_with(PREFIX) => {
                return Err(ConfigError::field(&name.to_string_lossy(), "not UTF-8"));
            }
            _ => {}
        }
    }
    Ok(texts)
}

/// See [`Config::parse`].
pub(super) fn parse(
    text: &str,
    environment: impl IntoIterator<Item = (String, String)>,
    folder: Option<&Path>,
) -> Result<Config, ConfigError> {
    // Editors on Windows write a byte order mark.
    let file = Figment::from(Toml::string(text.strip_prefix('\u{feff}').unwrap_or(text)));
    for (field, reason) in ENVIRONMENT_ONLY {
        if file.find_value(field).is_ok() {
            return Err(ConfigError::field(field, reason));
        }
    }
    if file.find_value("store.url").is_ok_and(|url| url.as_str().is_some_and(super::store::has_password)) {
        return Err(ConfigError::field(
            "store.url",
            "must not hold a password in the file (use store.url_file or LATCHKEY_STORE__URL)",
        ));
    }
    file.merge(Environment::read(environment)).extract::<File>().map_err(first_error)?.check(folder)
}

/// The environment as a nested dictionary. Figment has one of its own, but it reads the process's environment by
/// itself; this one is passed in, so that a test does not depend on the machine's.
struct Environment(Dict);

impl Environment {
    /// Takes `LATCHKEY_PUBLIC_URL` and every `LATCHKEY_<SECTION>__<FIELD>`. Names without `__` belong to other
    /// programs of the product (`LATCHKEY_SERVER` names the server for the app) and are left alone.
    fn read(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut dict = Dict::new();
        for (name, text) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let value = match (TEXTS.get(&name.to_ascii_uppercase()), typed(&text)) {
                (Some(Text::Secret), _) => Value::from(text.as_str()),
                // `3`, `true` and `1979-05-27` are names, too.
                (Some(Text::Plain), value @ Value::String(..)) | (None, value) => value,
                (Some(Text::Plain), _) => Value::from(text.as_str()),
            };
            let name = rest.to_ascii_lowercase();
            match name.split_once("__") {
                Some((section, field)) => {
                    let section = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
                    if let Value::Dict(_, fields) = section {
                        fields.insert(field.to_owned(), value);
                    }
                }
                None if name == "public_url" => {
                    dict.insert(name, value);
                }
                None => {}
            }
        }
        Self(dict)
    }
}

/// Reads numbers, booleans, lists and quoted texts as TOML does; everything else is text as it is. (Figment's own
/// reading of such values panics when a backslash is next to a character of several bytes.)
fn typed(text: &str) -> Value {
    let one_line = !text.contains(['\n', '\r']);
    let value =
        one_line.then(|| Figment::from(Toml::string(&format!("value = {text}"))).find_value("value").ok());
    match value.flatten() {
        Some(value @ (Value::String(..) | Value::Bool(..) | Value::Num(..) | Value::Array(..))) => value,
        _ => Value::from(text),
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("LATCHKEY_ environment variables")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.0.clone())]))
    }
}

/// Converts Figment's first error: the dotted name of the field, never its value.
fn first_error(error: figment::Error) -> ConfigError {
    use figment::error::Kind;
    let mut path = error.path.clone();
    let reason = match &error.kind {
        Kind::MissingField(name) => {
            path.push(name.to_string());
            "missing"
        }
        Kind::UnknownField(name, _) => {
            if path.last() != Some(name) {
                path.push(name.clone());
            }
            "unknown setting"
        }
        Kind::InvalidType(..) => "wrong type",
        Kind::InvalidValue(..) | Kind::InvalidLength(..) | Kind::UnknownVariant(..) => {
            "has a value that is not allowed"
        }
        Kind::Message(_) if !path.is_empty() => "has a value that is not allowed",
        _ => return ConfigError::Syntax { reason: syntax_position(&error) },
    };
    ConfigError::Field { field: path.join("."), reason: reason.to_owned() }
}

/// Returns where the parser failed, without the text it failed at.
fn syntax_position(error: &figment::Error) -> String {
    let text = error.to_string();
    text.lines().next().filter(|line| line.contains("line")).unwrap_or("see the file").to_owned()
}
