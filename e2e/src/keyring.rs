//! The content of the session's keyring, read from the Secret Service itself; and the names on the bus.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::wait;

const COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";
/// How long a keyring may take to answer; one that prompts a user for a password takes longer.
const ANSWERS_IN: Duration = Duration::from_secs(10);

/// Returns how many items the default collection holds.
///
/// # Errors
/// [`Failure::Failed`] when the keyring does not answer.
pub async fn item_count(session: &Session) -> Outcome<usize> {
    let output = call(
        session,
        "org.freedesktop.secrets",
        COLLECTION,
        "org.freedesktop.DBus.Properties.Get",
        &["org.freedesktop.Secret.Collection", "Items"],
    )
    .await?;
    Ok(output.matches("'/org/freedesktop/secrets/").count())
}

/// Whether a Secret Service is on the bus. The query does not start one.
///
/// # Errors
/// [`Failure::Failed`] when the bus does not answer.
pub async fn is_there(session: &Session) -> Outcome<bool> {
    let method = "org.freedesktop.DBus.NameHasOwner";
    let answer =
        call(session, "org.freedesktop.DBus", "/org/freedesktop/DBus", method, &["org.freedesktop.secrets"])
            .await?;
    Ok(answer.contains("true"))
}

/// Waits until no app owns the name by which a second start finds the first: the bus may learn of an end a little
/// later than the system does, and a start in between would be handed over to no process.
///
/// # Errors
/// When an app stays.
pub async fn no_app_is_running(session: &Session) -> Outcome {
    if !session.has_bus() {
        return Ok(());
    }
    wait::until("the bus to forget the app", wait::PATIENCE, || async {
        let method = "org.freedesktop.DBus.ListNames";
        let names = call(session, "org.freedesktop.DBus", "/org/freedesktop/DBus", method, &[]).await?;
        Ok(!names.contains("SingleInstance"))
    })
    .await
}

/// Stores an item and removes it, which only an unlocked keyring allows.
///
/// # Errors
/// [`Failure::Failed`] when it does not.
pub async fn probe(session: &Session) -> Outcome {
    let mut store = Command::new("secret-tool");
    store.args(["store", "--label=probe", "latchkey-probe", "probe"]);
    run(session, store).await?;
    let mut clear = Command::new("secret-tool");
    clear.args(["clear", "latchkey-probe", "probe"]);
    run(session, clear).await.map(drop)
}

pub(crate) async fn call(
    session: &Session,
    destination: &str,
    object: &str,
    method: &str,
    arguments: &[&str],
) -> Outcome<String> {
    let mut command = Command::new("gdbus");
    command.args(["call", "--session", "--dest", destination, "--object-path", object, "--method", method]);
    command.args(arguments);
    let output = run(session, command).await?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a short command to its end, or ends it when it does not answer in time.
async fn run(session: &Session, mut command: Command) -> Outcome<Output> {
    session.surround(&mut command);
    let name = command.get_program().to_string_lossy().into_owned();
    // secret-tool reads the secret from its input: an empty one is enough.
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let ended = {
        let child = std::cell::RefCell::new(&mut child);
        wait::until(&format!("{name} to end"), ANSWERS_IN, || async {
            Ok(child.borrow_mut().try_wait()?.is_some())
        })
        .await
    };
    if ended.is_err() {
        child.kill()?;
    }
    let output = child.wait_with_output()?;
    ended?;
    if output.status.success() {
        return Ok(output);
    }
    Err(Failure::Failed(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
