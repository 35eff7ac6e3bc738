//! The codes that Logto sent, read where this Logto's messages can be read: at the sandbox's control endpoint, or by
//! a command that prints the last code sent to an address (`LATCHKEY_E2E_OUTBOX_COMMAND`).

use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;

use crate::config::Target;
use crate::failure::{Failure, Outcome};
use crate::logto::Logto;
use crate::wait;

/// How long the command may take.
const COMMAND_PATIENCE: Duration = Duration::from_secs(20);
/// How long a message may take: real mail is slow.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(60);
/// How many digits Logto's codes have.
const DIGITS: usize = 6;

/// The codes sent to one address after [`Outbox::watch`].
#[derive(Debug)]
pub struct Outbox<'a> {
    logto: &'a Logto,
    address: String,
    before: Vec<String>,
}

impl<'a> Outbox<'a> {
    /// Records what was sent to `address` so far: an e-mail address, or a phone number as Logto stores it (digits).
    ///
    /// # Errors
    /// [`Failure::Skipped`] when messages cannot be read, or this Logto sends none of the kind.
    pub async fn watch(logto: &'a Logto, address: &str) -> Outcome<Self> {
        readable(logto.target())?;
        let (kind, message) =
            if address.contains('@') { ("Email", "e-mail") } else { ("Sms", "text messages") };
        let connectors = logto.ask(Method::GET, "/connectors", None).await?;
        if !connectors.as_array().into_iter().flatten().any(|one| one["type"] == kind) {
            return Err(Failure::Skipped(format!("this Logto has no connector that sends {message}")));
        }
        let mut outbox = Self { logto, address: address.to_owned(), before: Vec::new() };
        outbox.before = outbox.codes().await?;
        Ok(outbox)
    }

    /// Waits for a code that was sent since.
    ///
    /// # Errors
    /// When none arrives in time.
    pub async fn code(&self) -> Outcome<String> {
        wait::until_some("a code in the outbox", DELIVERY_PATIENCE, || async {
            let codes = self.codes().await?;
            Ok(if codes == self.before { None } else { codes.last().cloned() })
        })
        .await
    }

    /// Returns all codes to the address where they are listed, else the last one.
    async fn codes(&self) -> Outcome<Vec<String>> {
        if let Some(messages) = self.logto.control(Method::GET, "/outbox.json", None).await? {
            let ours = |to: &str| to.eq_ignore_ascii_case(&self.address);
            let messages = messages.as_array().into_iter().flatten();
            return Ok(messages
                .filter(|message| message["to"].as_str().is_some_and(ours))
                .filter_map(|message| message["code"].as_str().map(str::to_owned))
                .collect());
        }
        let Some(command) = &self.logto.target().outbox_command else { return Ok(Vec::new()) };
        Ok(last_code(command, &self.address).await?.into_iter().collect())
    }
}

/// Checks that this Logto's messages can be read.
///
/// # Errors
/// [`Failure::Skipped`] when they cannot.
pub fn readable(target: &Target) -> Outcome {
    if target.control.is_some() || target.outbox_command.is_some() {
        return Ok(());
    }
    let why = "this Logto's messages cannot be read: LATCHKEY_E2E_OUTBOX_COMMAND is not set";
    Err(Failure::Skipped(why.to_owned()))
}

/// Runs the shell command with the address as `$1`; it prints the last code sent there, or nothing.
async fn last_code(command: &str, address: &str) -> Outcome<Option<String>> {
    let failed = |why: String| Failure::Failed(format!("LATCHKEY_E2E_OUTBOX_COMMAND {why}"));
    let mut shell = Command::new("sh");
    shell.args(["-c", command, "sh", address]).stdin(Stdio::null());
    let running = tokio::task::spawn_blocking(move || shell.output());
    let ended = tokio::time::timeout(COMMAND_PATIENCE, running).await;
    let output =
        ended.map_err(|_| failed(format!("took longer than {} s", COMMAND_PATIENCE.as_secs())))???;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("ended with {}: {}", output.status, errors.trim())));
    }
    match String::from_utf8_lossy(&output.stdout).trim() {
        "" => Ok(None),
        code if code.len() == DIGITS && code.bytes().all(|digit| digit.is_ascii_digit()) => {
            Ok(Some(code.to_owned()))
        }
        _ => Err(failed(format!("printed something else than a code of {DIGITS} digits"))),
    }
}

#[cfg(test)]
mod tests {
    use super::last_code;

    #[tokio::test]
    async fn outbox_command_gets_the_address_and_prints_a_code() {
        let command = "test \"$1\" = 'a b@example.test' && echo 012345";
        assert_eq!(last_code(command, "a b@example.test").await.unwrap(), Some("012345".to_owned()));
        assert_eq!(last_code("true", "a@example.test").await.unwrap(), None);
    }

    #[tokio::test]
    async fn outbox_command_that_fails_or_prints_no_code_is_an_error() {
        for (command, why) in [
            ("echo out of order >&2; exit 3", "exit status: 3: out of order"),
            ("echo no such mail", "something else than a code"),
            ("echo 1234567", "something else than a code"),
        ] {
            let error = last_code(command, "a@example.test").await.unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
