//! What `cargo xtask bench server` measures: the real server next to its floors, on this machine, in the same run.
//!
//! `--measure FILE POSTGRES` measures and writes the raw series as JSON; `xtask/src/bench/server.rs` judges them.
//! `--flood FILE` measures the flood alone, `--links FILE` the links alone, `--changes FILE POSTGRES` the changes alone. `floor …` is the process that
//! the server is compared with. Anything else does nothing, so that a test of all targets passes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a benchmark that cannot go on fails"
)]

mod changes;
mod flood;
mod floor;
mod links;
mod load;
mod stage;

use std::time::Duration;

use logto_sandbox::{Options, ServiceTimes};
use serde_json::{Value, json};

use changes::Changes;
use load::{cold, one_after_another, paced, rate, warm};
use stage::Stage;

/// Interleaved rounds of every figure.
const ROUNDS: usize = 15;
/// Requests of one round at one connection.
const VIEWS: u32 = 1_000;
/// Changes of one round.
const CHANGES: u32 = 20;
/// Links of one round.
const LINKS: u32 = 10;
/// Requests before the memory is measured.
const MANY: u32 = 100_000;
/// How long a real Logto's one process works on a request (decision 26).
const WORKER: Duration = Duration::from_micros(2_600);
/// A real Logto, measured with its database: a read of a user takes 6.2 ms, a change of the name 18 ms.
const WITH_DATABASE: ServiceTimes =
    ServiceTimes { worker: WORKER, read: Duration::from_micros(3_600), write: Duration::from_micros(15_400) };
/// Users who change something at once, in the second figure of changes.
const AT_ONCE: u32 = 16;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["floor", users_url, id, token] => floor::serve(users_url, id, token).await,
        ["--measure", file, postgres, ..] => {
            std::fs::write(file, measure(postgres).await.to_string()).unwrap()
        }
        ["--flood", file, ..] => std::fs::write(file, flood().await.to_string()).unwrap(),
        ["--links", file, ..] => std::fs::write(file, json!({ "links": links().await }).to_string()).unwrap(),
        ["--changes", file, postgres, ..] => {
            std::fs::write(file, changes(postgres).await.to_string()).unwrap()
        }
        _ => eprintln!("`cargo xtask bench server` measures and judges"),
    }
}

async fn measure(postgres: &str) -> Value {
    let view = one_view().await;
    let cold = cold_view().await;
    let memory = memory().await;
    let (load, paced) = under_load().await;
    let flood = flood().await;
    let links = links().await;
    let mut all = changes(postgres).await;
    for (name, figure) in [
        ("view", view),
        ("cold", cold),
        ("load", load),
        ("paced", paced),
        ("memory", memory),
        ("flood", flood),
        ("links", links),
    ] {
        all[name] = figure;
    }
    all
}

/// A change of one user, while it is quiet and while one token floods from three hundred connections. The server has
/// the budgets that operators get; the users come from networks of their own.
async fn flood() -> Value {
    let stage = Stage::start_with_budgets(one_worker()).await;
    let mut changes = Changes::new(stage.server());
    let mut ms = [vec![], vec![]];
    // What the flood may have at once is gone after its first round, which is not counted.
    for round in 0..=ROUNDS {
        for which in in_turn(round) {
            let flood = (which == 1).then(|| flood::Flood::start(&stage.server()));
            if which == 1 {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            let took = percentile(changes.make(CHANGES).await, 50);
            if let Some(flood) = flood {
                flood.stop().await;
            }
            if round > 0 {
                ms[which].push(took);
            }
        }
    }
    json!({ "floor_ms": ms[0], "server_ms": ms[1] })
}

/// Links of a social account: the three steps of the server, next to the requests to Logto that they need.
async fn links() -> Value {
    let options = Options { service_times: Some(WITH_DATABASE), social: true, ..Options::default() };
    let stage = Stage::start_for_changes(options, "sqlite:latchkey.db").await;
    let mut links = stage.links().await;
    let mut ms = [vec![], vec![]];
    // The first round is not counted: connections are opened.
    for round in 0..=ROUNDS {
        for which in in_turn(round) {
            let mut took = Vec::new();
            for _ in 0..LINKS {
                took.push(match which {
                    0 => links.directly().await,
                    _ => links.by_server().await,
                });
            }
            if round > 0 {
                ms[which].push(percentile(took, 50));
            }
        }
    }
    json!({ "floor_ms": ms[0], "server_ms": ms[1] })
}

/// Changes of the name with SQLite and with the PostgreSQL of this URL, next to a process that fires the same read and
/// the same write.
async fn changes(postgres: &str) -> Value {
    let mut figures = serde_json::Map::new();
    for (name, store) in [("sqlite", "sqlite:latchkey.db"), ("postgres", postgres)] {
        let options = Options { service_times: Some(WITH_DATABASE), ..Options::default() };
        let stage = Stage::start_for_changes(options, store).await;
        let mut sides = [Changes::new(stage.floor_of_changes()), Changes::new(stage.server())];
        for at_once in [1, AT_ONCE] {
            let mut ms = [vec![], vec![]];
            // The first round is not counted: connections are opened.
            for round in 0..=ROUNDS {
                for which in in_turn(round) {
                    let side = &mut sides[which];
                    let took = match at_once {
                        1 => side.make(CHANGES).await,
                        _ => {
                            let mut took = Vec::new();
                            for _ in 0..4 {
                                took.extend(side.make_at_once(at_once).await);
                            }
                            took
                        }
                    };
                    if round > 0 {
                        ms[which].push(percentile(took, 50));
                    }
                }
            }
            figures.insert(
                format!("changes_{name}_{at_once}"),
                json!({ "floor_ms": ms[0], "server_ms": ms[1] }),
            );
        }
    }
    Value::Object(figures)
}

/// One account view after another at one connection: CPU time of a request, and its latency. The user is read from
/// Logto each time; the tenant's settings and the verified token are cached.
async fn one_view() -> Value {
    let stage = Stage::start(Options::default(), 0).await;
    let sides = [stage.floor(), stage.server()];
    let mut cpu_us = [vec![], vec![]];
    let mut ms = [vec![], vec![]];
    for side in &sides {
        one_after_another(side, VIEWS).await;
    }
    for round in 0..ROUNDS {
        for which in in_turn(round) {
            let side = &sides[which];
            let before = side.cpu_us();
            ms[which].push(percentile(one_after_another(side, VIEWS).await, 50));
            cpu_us[which].push((side.cpu_us() - before) / f64::from(VIEWS));
        }
    }
    json!({ "floor_cpu_us": cpu_us[0], "server_cpu_us": cpu_us[1], "floor_ms": ms[0], "server_ms": ms[1] })
}

/// The first view of a server that has its signing keys and its token for Logto and nothing else, next to the same six
/// requests to Logto fired at once. Logto has one worker, as a real one.
async fn cold_view() -> Value {
    let mut ms = [vec![], vec![]];
    let mut stage = Stage::start(one_worker(), 5).await;
    for round in 0..ROUNDS {
        stage.restart_server().await;
        for which in in_turn(round) {
            ms[which].push(match which {
                0 => cold(&stage.direct().await).await,
                _ => cold(&stage.cold_server()).await,
            });
        }
    }
    json!({ "floor_ms": ms[0], "server_ms": ms[1] })
}

/// Memory of a server that has answered a hundred thousand views, most of them from its read cache.
async fn memory() -> Value {
    let stage = Stage::start(one_worker(), 5).await;
    let server = stage.server();
    let mut requests = 0;
    while requests < MANY {
        requests += rate(&server, Duration::from_millis(250)).await;
    }
    json!({ "requests": requests, "server_kb": server.memory_kb() })
}

/// A warm read cache: answers a second compared with reading through to a Logto with one worker, and the 99th
/// percentile at a thousand offered reads a second compared with a blank route, where no entry expires meanwhile.
async fn under_load() -> (Value, Value) {
    let stage = Stage::start(one_worker(), 5).await;
    let (floor, blank, server) = (stage.floor(), stage.blank(), stage.server());
    let mut rates = [vec![], vec![]];
    for round in 0..ROUNDS {
        for which in in_turn(round) {
            let count = rate([&floor, &server][which], Duration::from_secs(2)).await;
            rates[which].push(f64::from(count) / 2.0);
        }
    }
    let mut p99 = [vec![], vec![]];
    for round in 0..ROUNDS {
        for which in in_turn(round) {
            if which == 1 {
                tokio::time::sleep(Duration::from_secs(5)).await;
                warm(&server).await;
            }
            p99[which].push(percentile(paced([&blank, &server][which], 1_000, 4).await, 99));
        }
    }
    (
        json!({ "floor_rate": rates[0], "server_rate": rates[1] }),
        json!({ "floor_p99_ms": p99[0], "server_p99_ms": p99[1] }),
    )
}

fn one_worker() -> Options {
    let service_times = Some(ServiceTimes { worker: WORKER, ..ServiceTimes::default() });
    Options { service_times, ..Options::default() }
}

/// The floor first in every other round.
fn in_turn(round: usize) -> [usize; 2] {
    if round.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

/// Returns the value below which this percentage of the series is.
fn percentile(mut series: Vec<f64>, hundredths: usize) -> f64 {
    series.sort_by(f64::total_cmp);
    series[(series.len() - 1) * hundredths / 100]
}
