//! The registrations of a session's desktop: which program is the system browser, and which handles the app's links.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::session::{SCHEME, Session};

/// Registers both, inside the session's own HOME.
pub(crate) fn set_up(session: &Session) -> Outcome {
    browser(session)?;
    links(session)
}

/// Registers Chromium as the system browser. It opens its debugging port, so that a journey can sign in there, and
/// passes the app's scheme on when the issuer, the settings server or a provider requests it (it would prompt the user otherwise).
fn browser(session: &Session) -> Outcome {
    let profile = session.browser_profile();
    fs::create_dir_all(profile.join("Default"))?;
    let (mut preferences, mut trusted) = (json!({}), String::new());
    if let Some(target) = &session.config.target {
        let issuer = target.issuer.origin().ascii_serialization();
        let server = url::Url::parse(&target.server_url).map(|url| url.origin().ascii_serialization());
        let server = server.unwrap_or_default();
        let mut pairs = json!({issuer: {SCHEME: true}, server: {SCHEME: true}});
        if let Some((providers, key)) = &target.providers {
            pairs[providers] = json!({SCHEME: true});
            trusted = format!(" --ignore-certificate-errors-spki-list={key}");
        }
        preferences = json!({"protocol_handler": {"allowed_origin_protocol_pairs": pairs}});
    }
    fs::write(profile.join("Default/Preferences"), preferences.to_string())?;
    let wrapper = wrapper(
        session,
        &format!(
            "chromium --no-sandbox --no-first-run --no-default-browser-check --disable-gpu \
             --disable-dev-shm-usage --disable-background-networking --disable-component-update \
             --disable-sync --password-store=basic --remote-debugging-port=0 --window-size=900,800 \
             --user-data-dir='{}'{trusted}",
            profile.display()
        ),
    )?;
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

/// Registers Firefox instead, with HTTPS-first on wherever it can be switched on. For a URL of 127.0.0.1 that is
/// opened, Firefox 153 then opens a connection with TLS in advance, and loads the page without. The recommended
/// preferences of its driver would switch HTTPS-first off.
pub(crate) fn firefox(session: &Session) -> Outcome {
    let profile = session.browser_profile();
    fs::create_dir_all(&profile)?;
    let preferences = [
        ("dom.security.https_first", json!(true)),
        ("dom.security.https_first_for_custom_ports", json!(true)),
        ("dom.security.https_first_for_local_addresses", json!(true)),
        ("dom.security.https_first_for_unknown_suffixes", json!(true)),
        ("dom.security.https_first_add_exception_on_failure", json!(false)),
        ("marionette.port", json!(0)),
        ("remote.prefs.recommended", json!(false)),
        // No page of the first start, and no requests in the background.
        ("app.normandy.enabled", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.safebrowsing.malware.enabled", json!(false)),
        ("browser.safebrowsing.phishing.enabled", json!(false)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("browser.startup.page", json!(0)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("extensions.getAddons.cache.enabled", json!(false)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("signon.rememberSignons", json!(false)),
    ];
    let lines = preferences.map(|(name, value)| format!("user_pref(\"{name}\", {value});\n"));
    fs::write(profile.join("user.js"), lines.concat())?;
    wrapper(session, &format!("firefox-esr --marionette --profile '{}'", profile.display())).map(drop)
}

/// Writes the program that the desktop starts as the browser. It records the URL it was started with.
fn wrapper(session: &Session, command: &str) -> Outcome<PathBuf> {
    let wrapper = session.folder().join("browser");
    let noted = session.opened_addresses_file();
    let script =
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{}'\nexec {command} \"$@\"\n", noted.display());
    fs::write(&wrapper, script)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700))?;
    Ok(wrapper)
}

/// Registers the app as the handler of its private scheme, as an installer would.
fn links(session: &Session) -> Outcome {
    let kind = format!("x-scheme-handler/{SCHEME}");
    desktop_file(
        session,
        "latchkey-dev",
        &format!("{} %u", session.config.app.display()),
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
