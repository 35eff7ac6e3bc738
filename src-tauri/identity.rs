//! The identity of the program: the installed Latchkey, or a development one that is used next to it and shares
//! neither folders, nor scheme, nor the single-instance name.

use tauri::Context;

const SCHEME: &str = "app.latchkey";
const DEVELOPMENT_SCHEME: &str = "app.latchkey.dev";
const DEVELOPMENT_IDENTIFIER: &str = "app.latchkey.desktop.dev";

/// Returns the private scheme of links to this program.
pub(crate) fn scheme(development: bool) -> &'static str {
    if development { DEVELOPMENT_SCHEME } else { SCHEME }
}

/// Returns the context that was generated from `tauri.conf.json`, with the development identity where requested.
pub(crate) fn context(development: bool) -> Context {
    let mut context = tauri::generate_context!();
    if development {
        let config = context.config_mut();
        DEVELOPMENT_IDENTIFIER.clone_into(&mut config.identifier);
        let schemes = serde_json::json!({ "desktop": { "schemes": [DEVELOPMENT_SCHEME] } });
        config.plugins.0.insert("deep-link".to_owned(), schemes);
    }
    context
}
