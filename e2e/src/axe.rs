//! axe-core inside the real window: finds what hinders screen readers and users with low vision.

use std::fs;

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::window::Window;

/// Runs axe on what the window shows and returns a line per violation.
///
/// # Errors
/// When axe cannot be loaded or does not answer.
pub async fn violations(session: &Session, window: &Window) -> Outcome<Vec<String>> {
    let source = fs::read_to_string(&session.config.axe)?;
    let run = "const done = arguments[arguments.length - 1]; \
               axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations), e => done(String(e)))";
    if window.script("return typeof axe").await? != json!("object") {
        window.client.execute(&format!("{source}; window.axe = axe; return true"), Vec::new()).await?;
    }
    let answer = window.client.execute_async(run, Vec::new()).await?;
    let Some(list) = answer.as_array() else {
        return Err(Failure::Failed(format!("axe did not run: {answer}")));
    };
    Ok(list.iter().map(describe).collect())
}

fn describe(violation: &Value) -> String {
    let places: Vec<String> = violation["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| node["html"].as_str().unwrap_or_default().chars().take(160).collect())
        .collect();
    let text = |name: &str| violation[name].as_str().unwrap_or_default().to_owned();
    format!("{} ({}): {}", text("id"), text("help"), places.join(" | "))
}
