//! Waiting for a condition, with a deadline. Journeys never sleep for a fixed time.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::{Failure, Outcome};

/// How long something that a user waits for may take on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long new settings of the tenant may take: the settings server reads them again after a minute
/// (docs/OPERATING.md, "How soon things are seen"), and needs some time to do so.
pub const SETTINGS_BOUND: Duration = Duration::from_secs(70);
const PAUSE: Duration = Duration::from_millis(50);

/// Polls until there is an answer. An error of `ask` counts as "not yet"; the last one is reported at the deadline.
///
/// # Errors
/// [`Failure::Failed`] naming `what` when time is up.
pub async fn until_some<T, F>(what: &str, within: Duration, mut ask: impl FnMut() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<Option<T>>>,
{
    let deadline = Instant::now() + within;
    loop {
        let last = match ask().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => String::new(),
            Err(skipped @ Failure::Skipped(_)) => return Err(skipped),
            Err(error) => format!(" ({error})"),
        };
        if Instant::now() > deadline {
            return Err(Failure::Failed(format!("waited {} s in vain for {what}{last}", within.as_secs())));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Polls until the answer is yes.
///
/// # Errors
/// As [`until_some`].
pub async fn until<F>(what: &str, within: Duration, mut ask: impl FnMut() -> F) -> Outcome
where
    F: Future<Output = Outcome<bool>>,
{
    until_some(what, within, || {
        let answer = ask();
        async move { Ok(answer.await?.then_some(())) }
    })
    .await
}
