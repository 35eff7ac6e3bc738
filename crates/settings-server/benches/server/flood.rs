//! Changes of many people, and one token that floods.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::stage::Side;

/// Connections of the flood.
const CONNECTIONS: u32 = 300;
/// Any app instance.
const INSTANCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Changes of the name, one person after another.
pub(crate) struct Changes {
    side: Side,
    /// How many were made.
    made: u32,
}

impl Changes {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, made: 0 }
    }

    /// So many, in milliseconds. The last of the side's people is left out.
    pub(crate) async fn make(&mut self, count: u32) -> Vec<f64> {
        let people = u32::try_from(self.side.tokens.len() - 1).unwrap();
        let mut times = Vec::new();
        for _ in 0..count {
            let (person, turn) = (self.made % people, self.made / people);
            let (from, to) = (name(turn), name(turn + 1));
            self.made += 1;
            let began = Instant::now();
            let request = self.side.http.patch(&self.side.urls[0]);
            let request = request.bearer_auth(&self.side.tokens[usize::try_from(person).unwrap()]);
            let request = request.header("x-forwarded-for", format!("198.51.100.{person}"));
            let answer = request.json(&json!({ "name": { "from": from, "to": to } })).send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status == 200, "{status} {text}");
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        times
    }
}

/// What the name is after so many changes; the first one is what the sandbox gives everybody.
fn name(turn: u32) -> String {
    if turn == 0 { "Alice Example".to_owned() } else { format!("Name {turn}") }
}

/// One token that asks for changes, challenges and reads that are not kept, each connection one after another.
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
