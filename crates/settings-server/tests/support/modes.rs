//! A field in every mode that the account center, or the server's own table, gives it (B7).

use serde_json::json;
use settings_server::config::{FieldMode, FieldTable};

use super::Stage;
use super::app::App;

/// What a user may do with a field, and why, if they may see it only.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) access: &'static str,
    pub(crate) reason: Option<&'static str>,
}

/// Runs `probe` as alice in each mode, once the server has read it.
pub(crate) async fn in_each_mode(
    field: &str,
    table: impl Fn(FieldMode) -> FieldTable,
    probe: impl AsyncFn(&Stage, &App<'_>, Mode, &str),
) {
    let mode = |access, reason| Mode { access, reason };
    for (set, mode) in [
        (Some("Edit"), mode("edit", None)),
        (Some("ReadOnly"), mode("read_only", Some("organisation"))),
        (Some("Off"), mode("off", None)),
        (None, mode("off", None)),
    ] {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let mut fields = json!({ "name": "Edit" });
        if let Some(set) = set {
            fields[field] = json!(set);
        }
        stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": fields }));
        stage.advance(61);
        probe(&stage, &app, mode, &format!("{set:?}")).await;
    }
    for (set, mode) in [
        (FieldMode::Edit, mode("edit", None)),
        (FieldMode::ReadOnly, mode("read_only", Some("server"))),
        (FieldMode::Off, mode("off", None)),
    ] {
        let stage = Stage::with(|config| config.fields = table(set)).await;
        let app = App::sign_in(&stage, "alice").await;
        stage.sandbox.set_account_center(&json!({ "enabled": false, "fields": {} }));
        stage.advance(61);
        probe(&stage, &app, mode, &format!("{set:?}")).await;
    }
}
