//! Where tokens are, and where they are not.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::logto::Logto;
use e2e::processes::{command_line, descendants};
use e2e::session::Session;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome, ensure, keyring, skip};
use reqwest::Method;
use serde_json::json;

use crate::steps;

const UNLISTED: &str = "only a sandbox lists the secrets it issued (LATCHKEY_E2E_CONTROL), and only a server of our own shows its log";

/// Without a bus there is no keyring: the session is in memory, the window says so, and no file has a token.
pub(crate) async fn n14_no_keyring_no_file(session: &Session) -> Outcome {
    if session.config.target()?.control.is_none() {
        return skip(UNLISTED);
    }
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    window.wait_for("memory-only").await?;
    let secrets = secrets(session).await?;
    no_file_holds(session, &secrets)?;
    let logto = Logto::connect(session.config.target()?).await?;
    ensure(!logto.grants().await?.is_empty(), "the app has no grant while it is signed in")?;
    window.close_by_keyboard(session).await?;
    ensure(logto.grants().await?.is_empty(), "a grant that no app can use stays at Logto")?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    no_file_holds(session, &secrets)
}

/// Looks for every secret that Logto issued wherever it must not be.
pub(crate) async fn secrets_stay_where_they_belong(session: &Session) -> Outcome {
    let target = session.config.target()?;
    if target.control.is_none() || target.server_log.is_none() {
        return skip(UNLISTED);
    }
    let logto = Logto::connect(target).await?;
    let user = logto.user().await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "profile").await?;
    steps::edit_text(&window, "nickname", "Canary").await?;
    let secrets = secrets(session).await?;
    ensure(keyring::item_count(session).await? > 0, "nothing is in the keyring")?;
    n11_no_token_reaches_the_page(&window, &secrets).await?;
    n12_no_file_has_a_token(session, &secrets)?;
    no_command_line_holds(&secrets)?;
    let canaries: Vec<String> = ["primaryEmail", "primaryPhone", "name"]
        .iter()
        .filter_map(|field| user[*field].as_str().map(str::to_owned))
        .collect();
    ensure(canaries.len() == 3, "the user has no e-mail, phone or name to look for")?;
    wait::until("the app's own log", PATIENCE, || async {
        Ok(session.logs().iter().any(|(_, text)| text.contains("first view drawn")))
    })
    .await?;
    n23_no_log_has_a_secret(session, &secrets, &canaries)?;

    steps::sign_out(&window).await?;
    n11_no_token_reaches_the_page(&window, &secrets).await?;
    n12_no_file_has_a_token(session, &canaries)
}

async fn n11_no_token_reaches_the_page(window: &Window, secrets: &[String]) -> Outcome {
    let page = window
        .script(
            "return JSON.stringify([document.documentElement.outerHTML, \
             [...document.querySelectorAll('input,textarea')].map(e => e.value), \
             Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, location.href])",
        )
        .await?;
    absent_from("the page", page.as_str().unwrap_or_default(), secrets)?;
    let kept =
        window.script("return localStorage.length + sessionStorage.length + document.cookie.length").await?;
    ensure(kept == json!(0), "the page's storage is not empty")?;
    let databases = window
        .client
        .execute_async(
            "const d = arguments[arguments.length - 1]; indexedDB.databases().then(d, e => d([String(e)]))",
            vec![],
        )
        .await?;
    ensure(databases == json!([]), format!("the page has databases: {databases}"))?;
    for command in ["app_state", "settings", "pending_page"] {
        let answer = window.command(command, json!({})).await?;
        absent_from(&format!("the answer of `{command}`"), &answer.to_string(), secrets)?;
    }
    let state = window.command("app_state", json!({})).await?;
    if let Some(account) = state["account_id"].as_str() {
        let answer = window.command("account_refresh", json!({ "accountId": account })).await?;
        absent_from("the answer of `account_refresh`", &answer.to_string(), secrets)?;
    }
    Ok(())
}

fn n12_no_file_has_a_token(session: &Session, secrets: &[String]) -> Outcome {
    no_file_holds(session, secrets)
}

fn n23_no_log_has_a_secret(session: &Session, secrets: &[String], canaries: &[String]) -> Outcome {
    let mut logs = session.logs();
    if let Some(file) = &session.config.target()?.server_log {
        logs.push(("the settings server's log".to_owned(), fs::read_to_string(file)?));
    }
    for (name, text) in &logs {
        absent_from(name, text, secrets)?;
        absent_from(name, text, canaries)?;
    }
    Ok(())
}

/// Returns what the sandbox issued so far; the list must have grown with a sign-in, or it proves nothing.
async fn secrets(session: &Session) -> Outcome<Vec<String>> {
    let logto = Logto::connect(session.config.target()?).await?;
    let Some(answer) = logto.control(Method::GET, "/secrets", None).await? else {
        return skip(UNLISTED);
    };
    let secrets: Vec<String> = answer["secrets"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|secret| secret.as_str().map(str::to_owned))
        .filter(|secret| secret.len() >= 8)
        .collect();
    ensure(secrets.iter().any(|secret| secret.split('.').count() == 3), "the sandbox lists no token")?;
    Ok(secrets)
}

/// Searches HOME, temporary and runtime folder; the browser's own profile holds the browser's own session.
fn no_file_holds(session: &Session, secrets: &[String]) -> Outcome {
    let mut files = Vec::new();
    for folder in ["home", "tmp", "run"] {
        collect(&session.folder().join(folder), &mut files);
    }
    ensure(!files.is_empty(), "there is no file to look into")?;
    for file in files {
        // A keyring's own file is encrypted by the keyring; it is searched like any other.
        let Ok(bytes) = fs::read(&file) else { continue };
        absent_from(&file.display().to_string(), &String::from_utf8_lossy(&bytes), secrets)?;
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn no_command_line_holds(secrets: &[String]) -> Outcome {
    let processes = descendants(std::process::id());
    ensure(!processes.is_empty(), "there is no process to look at")?;
    for pid in processes {
        absent_from(&format!("the command line of process {pid}"), &command_line(pid), secrets)?;
    }
    Ok(())
}

/// Asserts that no secret is in a text. Never prints what it found.
fn absent_from(place: &str, text: &str, secrets: &[String]) -> Outcome {
    match secrets.iter().position(|secret| text.contains(secret.as_str())) {
        None => Ok(()),
        Some(number) => Err(Failure::Failed(format!("{place} holds secret number {number}"))),
    }
}
