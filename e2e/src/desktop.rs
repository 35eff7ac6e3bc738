//! What a session's desktop knows: which program is the system browser, and who handles the app's links.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::session::{SCHEME, Session};

/// Registers both, inside the session's own HOME.
pub(crate) fn set_up(session: &Session) -> Outcome {
    browser(session)?;
    links(session)
}

/// Chromium as the system browser. It opens its debugging port, so that a journey can sign in there, and
/// hands the app's scheme on when the issuer asks (it would ask the person otherwise).
fn browser(session: &Session) -> Outcome {
    let profile = session.browser_profile();
    fs::create_dir_all(profile.join("Default"))?;
    let mut preferences = json!({});
    if let Some(target) = &session.surroundings.target {
        let origin = target.issuer.origin().ascii_serialization();
        preferences =
            json!({"protocol_handler": {"allowed_origin_protocol_pairs": {origin: {SCHEME: true}}}});
    }
    fs::write(profile.join("Default/Preferences"), preferences.to_string())?;
    let wrapper = session.folder().join("browser");
    fs::write(
        &wrapper,
        format!(
            "#!/bin/sh\nexec chromium --no-sandbox --no-first-run --no-default-browser-check --disable-gpu \
             --disable-dev-shm-usage --disable-background-networking --disable-component-update \
             --disable-sync --password-store=basic --remote-debugging-port=0 --window-size=900,800 \
             --user-data-dir='{}' \"$@\"\n",
            profile.display()
        ),
    )?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700))?;
    desktop_file(
        session,
        "testbrowser",
        &format!("{} %u", wrapper.display()),
        "x-scheme-handler/http;x-scheme-handler/https;text/html;",
    )?;
    for kind in ["x-scheme-handler/http", "x-scheme-handler/https", "text/html"] {
        make_default(session, "testbrowser.desktop", kind)?;
    }
    Ok(())
}

/// The app as the handler of its private scheme, as an installer would register it.
fn links(session: &Session) -> Outcome {
    let kind = format!("x-scheme-handler/{SCHEME}");
    desktop_file(
        session,
        "latchkey-dev",
        &format!("{} %u", session.surroundings.app.display()),
        &format!("{kind};"),
    )?;
    make_default(session, "latchkey-dev.desktop", &kind)
}

fn desktop_file(session: &Session, name: &str, exec: &str, kinds: &str) -> Outcome {
    let folder = session.home().join(".local/share/applications");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join(format!("{name}.desktop")),
        format!(
            "[Desktop Entry]\nType=Application\nName={name}\nExec={exec}\nTerminal=false\nMimeType={kinds}\n"
        ),
    )?;
    Ok(())
}

fn make_default(session: &Session, file: &str, kind: &str) -> Outcome {
    let mut command = Command::new("xdg-mime");
    command.args(["default", file, kind]);
    session.surround(&mut command);
    let status = command.stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        other => Err(Failure::infrastructure("xdg-mime", format!("{other:?}"))),
    }
}
