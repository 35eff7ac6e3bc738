//! Maintenance without a request: settles changes whose outcome was not recorded, and delivers notices.

mod deliver;
mod settle;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::state::AppState;

/// The maximum pause between two rounds.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The minimum.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);

/// Runs until `stopped` changes or closes; a round that has begun is finished.
pub(crate) async fn run(state: Arc<AppState>, stopped: watch::Receiver<()>) {
    let settling = async {
        let mut stopped = stopped.clone();
        loop {
            let pause = settle::round(&state).await;
            tokio::select! {
                () = tokio::time::sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)) => {}
                _ = stopped.changed() => return,
            }
        }
    };
    let delivering = async {
        let mut stopped = stopped.clone();
        loop {
            let pause = deliver::round(&state).await;
            tokio::select! {
                () = tokio::time::sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)) => {}
                () = state.outbox_filled.notified() => {}
                _ = stopped.changed() => return,
            }
        }
    };
    tokio::join!(settling, delivering);
}

/// Runs one round of every job, now.
pub(crate) async fn run_once(state: &Arc<AppState>) {
    settle::round(state).await;
    deliver::round(state).await;
}
