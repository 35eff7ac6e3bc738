//! The reference of the configuration, made from the sections themselves. Committed as docs/CONFIGURATION.md;
//! `cargo xtask codegen` writes it.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

use super::load::PREFIX;
use super::sections::File;

const HEAD: &str = "<!-- Made by `cargo xtask codegen` of crates/settings-server/src/config. Do not edit. -->\n\n\
# Every setting of latchkey-server\n\n\
A setting is read from the file that `--config` names, or comes from the environment, which wins. In the environment a text\n\
is written as it is, with or without quotes, and everything else as in TOML. Unknown settings stop the start.\n\
[OPERATING.md](OPERATING.md) says what they are good for, [latchkey-server.example.toml](latchkey-server.example.toml) shows a whole file.\n";

/// A section of the file, or the settings before the first one.
struct Section {
    /// Empty before the first section.
    name: String,
    meaning: String,
    /// Whether there may be several of it. Those are not read from the environment.
    is_list: bool,
    settings: Vec<Setting>,
}

/// One setting.
pub struct Setting {
    /// Its dotted name, e.g. `limits.request_seconds`.
    pub name: String,
    /// Its variable in the environment, if there is one.
    pub variable: Option<String>,
    /// The value when it is not set, if there is one.
    pub default: Option<Value>,
    /// Whether it is a text, whatever the text looks like.
    pub is_text: bool,
    key: String,
    /// A secret that comes from the environment alone.
    pub(super) is_secret: bool,
    is_required: bool,
    takes: String,
    meaning: String,
}

/// Returns every setting on its own, that is: none of a section that may be repeated.
pub fn settings() -> Vec<Setting> {
    let sections = sections().into_iter().filter(|section| !section.is_list);
    sections.flat_map(|section| section.settings).collect()
}

/// Returns the reference, in Markdown.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for Section { name, meaning, is_list, settings } in sections() {
        let _ = match (name.as_str(), is_list) {
            ("", _) => writeln!(text, "\n## Before the first section"),
            (name, true) => writeln!(text, "\n## `[[{name}]]`"),
            (name, false) => writeln!(text, "\n## `[{name}]`"),
        };
        if !meaning.is_empty() {
            let _ = writeln!(text, "\n{meaning}");
        }
        text.push_str(
            "\n| setting | environment | takes | unless set | what it is |\n|---|---|---|---|---|\n",
        );
        for setting in settings {
            let key = if setting.is_secret { "never in the file".to_owned() } else { code(&setting.key) };
            let variable = setting.variable.as_deref().map_or("–".to_owned(), code);
            let unless_set = match &setting.default {
                Some(default) => code(&default.to_string()),
                None if setting.is_required => "must be set".to_owned(),
                None => "absent".to_owned(),
            };
            let (takes, meaning) = (setting.takes, setting.meaning);
            let _ = writeln!(text, "| {key} | {variable} | {takes} | {unless_set} | {meaning} |");
        }
    }
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The schemas of the sections, by name.
struct Schemas(HashMap<String, Value>);

impl Schemas {
    /// Returns the schema of a member: behind references, and without "or null".
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.0.get(name).map_or(schema, |schema| self.resolve(schema));
        }
        let choices = schema["oneOf"].as_array().or(schema["allOf"].as_array());
        match choices.into_iter().flatten().find(|choice| choice["type"] != "null") {
            Some(choice) => self.resolve(choice),
            None => schema,
        }
    }

    fn section(&self, name: &str, schema: &Value, is_list: bool) -> Section {
        let settings = members(schema).map(|(key, member)| self.setting(name, key, member, schema, is_list));
        Section { name: name.to_owned(), meaning: meaning(schema), is_list, settings: settings.collect() }
    }

    fn setting(&self, section: &str, key: &str, member: &Value, of: &Value, is_list: bool) -> Setting {
        let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        let variable = format!("{PREFIX}{}", name.replace('.', "__").to_uppercase());
        Setting {
            variable: (!is_list).then_some(variable),
            default: member.get("default").filter(|default| !default.is_null()).cloned(),
            key: key.to_owned(),
            is_secret: member["writeOnly"] == true,
            is_required: of["required"].as_array().is_some_and(|names| names.iter().any(|name| name == key)),
            takes: takes(self.resolve(member)),
            is_text: types(self.resolve(member)).iter().filter(|name| *name != "null").eq(["string"]),
            meaning: meaning(member),
            name,
        }
    }
}

fn sections() -> Vec<Section> {
    let mut schemas = Vec::new();
    File::schemas(&mut schemas);
    let json = |schema| serde_json::to_value(schema).unwrap_or_default();
    let schemas = Schemas(schemas.into_iter().map(|(name, schema)| (name, json(schema))).collect());
    let file = json(File::schema());
    let mut first =
        Section { name: String::new(), meaning: String::new(), is_list: false, settings: Vec::new() };
    let mut sections = Vec::new();
    for (key, member) in members(&file) {
        let schema = schemas.resolve(member);
        let element = schemas.resolve(&schema["items"]);
        if schema.get("properties").is_some() {
            sections.push(schemas.section(key, schema, false));
        } else if element.get("properties").is_some() {
            sections.push(schemas.section(key, element, true));
        } else {
            first.settings.push(schemas.setting("", key, member, &file, false));
        }
    }
    sections.insert(0, first);
    sections
}

fn members(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// Returns the comment in one line.
fn meaning(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}

/// Returns the JSON name of its type.
fn types(schema: &Value) -> Vec<String> {
    let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    types.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the possible values of a setting, in words.
fn takes(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| code(&value.to_string())).collect::<Vec<_>>().join(" ");
    }
    match types(schema).iter().map(String::as_str).find(|name| *name != "null") {
        Some("boolean") => "`true` `false`".to_owned(),
        Some("integer" | "number") => match (&schema["minimum"], &schema["maximum"]) {
            (Value::Number(least), Value::Number(most)) => format!("{least} to {most}"),
            _ => "a number".to_owned(),
        },
        Some("array") if schema["items"]["type"] == "object" => "a list of tables".to_owned(),
        Some("array") => "a list of texts".to_owned(),
        _ => "a text".to_owned(),
    }
}
