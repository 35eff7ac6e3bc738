//! One token that floods.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::stage::Side;

/// Connections of the flood.
const CONNECTIONS: u32 = 300;
/// Any app instance.
const INSTANCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// One token that requests changes, challenges and reads that are not cached, each connection one after another.
pub(crate) struct Flood {
    stop: Arc<AtomicBool>,
    connections: Vec<tokio::task::JoinHandle<()>>,
}

impl Flood {
    pub(crate) fn start(side: &Side) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let token = side.tokens.last().unwrap();
        let connect = |number: u32| {
            let (side, token, stop) = (side.clone(), token.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut nth = number;
                while !stop.load(Ordering::Relaxed) {
                    let (account, http) = (&side.urls[0], &side.http);
                    let base = account.trim_end_matches("/account");
                    let request = match nth % 3 {
                        0 => http.patch(account).json(&json!({ "avatar": { "from": null, "to": null } })),
                        1 => http
                            .put(format!("{base}/password"))
                            .json(&json!({ "password": "Another-Horse-8" })),
                        _ => http.get(format!("{base}/sessions")),
                    };
                    let request = request.header("latchkey-instance", INSTANCE).bearer_auth(&token);
                    let answer = request.header("x-forwarded-for", "192.0.2.1").send().await;
                    if let Ok(answer) = answer {
                        let _ = answer.bytes().await;
                    }
                    nth += 1;
                }
            })
        };
        let connections = (0..CONNECTIONS).map(connect).collect();
        Self { stop, connections }
    }

    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for connection in self.connections {
            connection.await.unwrap();
        }
    }
}
