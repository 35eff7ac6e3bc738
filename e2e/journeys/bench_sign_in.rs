//! The cost of the window at a sign-in: from the browser's answer until the account is on screen, against the moment
//! at which the core has the account.

use e2e::session::Session;
use e2e::window::Window;
use e2e::{Failure, Outcome, ensure};
use serde_json::Value;

use crate::steps;

/// What the core logs at the start and the end of its part.
const ANSWER: &str = "the browser came back";
const ACCOUNT: &str = "the account was read";
const MS_OF_A_DAY: f64 = 86_400_000.0;

/// Remembers when the second frame with the account on it was drawn, in milliseconds since the epoch.
const WATCH: &str = "
    window.accountDrawnAt = null;
    const isThere = () =>
        document.querySelector('main')?.dataset.view === 'overview' &&
        document.querySelector('[data-testid=account-name]');
    const look = () => {
        if (!isThere()) return requestAnimationFrame(look);
        requestAnimationFrame(() => { window.accountDrawnAt = performance.timeOrigin + performance.now(); });
    };
    look();
";

/// Milliseconds of every sign-in: of the core alone, and until the account is on screen.
pub(crate) struct SignIns {
    pub(crate) core: Vec<f64>,
    pub(crate) window: Vec<f64>,
}

/// Signs out and in again `rounds` times. The browser is still signed in at Logto, so it answers by itself; a first round is
/// not counted.
///
/// # Errors
/// When the app's log lacks a moment, or a sign-in fails.
pub(crate) async fn measure(session: &Session, window: &Window, rounds: u32) -> Outcome<SignIns> {
    let mut sign_ins = SignIns { core: Vec::new(), window: Vec::new() };
    for round in 0..=rounds {
        steps::sign_out(window).await?;
        window.script(WATCH).await?;
        window.activate("sign-in").await?;
        window.wait_for_view("overview").await?;
        window.wait_for("account-name").await?;
        let drawn = window.client.execute_async(DRAWN, vec![]).await?;
        let drawn = drawn.as_f64().ok_or_else(|| Failure::Failed(format!("drawn at {drawn}")))? % MS_OF_A_DAY;
        let (answer, account) = (last(session, ANSWER)?, last(session, ACCOUNT)?);
        ensure(answer < account && answer < drawn, format!("out of order: {answer}, {account}, {drawn}"))?;
        if round > 0 {
            sign_ins.core.push(account - answer);
            sign_ins.window.push(drawn - answer);
        }
    }
    Ok(sign_ins)
}

/// Waits for what [`WATCH`] remembers.
const DRAWN: &str = "
    const done = arguments[0];
    const wait = () => (window.accountDrawnAt === null ? requestAnimationFrame(wait) : done(window.accountDrawnAt));
    wait();
";

/// Returns when the app last logged this message, in milliseconds since midnight (UTC).
fn last(session: &Session, message: &str) -> Outcome<f64> {
    let logs = session.logs();
    let lines = logs.iter().flat_map(|(_, text)| text.lines());
    let mut moments = lines.filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        (line["fields"]["message"] == message).then(|| moment(line["timestamp"].as_str()?)).flatten()
    });
    moments.next_back().ok_or_else(|| Failure::Failed(format!("the app never logged {message:?}")))
}

/// Returns the time of day of an RFC 3339 timestamp in UTC.
fn moment(timestamp: &str) -> Option<f64> {
    let (_, time) = timestamp.trim_end_matches('Z').split_once('T')?;
    let mut parts = time.split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    Some(((hours * 60.0 + minutes) * 60.0 + seconds) * 1000.0)
}
