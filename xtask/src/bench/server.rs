//! `cargo xtask bench server`: the cost of the settings server compared with the least that could forward one user's
//! requests, the gain of its read cache, its memory, the cost of a change, and how much one user's flood slows
//! another. `crates/settings-server/benches` measures.

use serde_json::Value;

use super::{Row, differences, judge, measured, median, quartile_range, series, steady};
use crate::environment::Checkout;
use crate::output::{run, with_heartbeat};
use crate::postgres::{Durability, Postgres};
use crate::{Outcome, target_dir};

/// How often every figure is measured.
const ROUNDS: usize = 15;
/// The server's own memory after a hundred thousand requests.
const MOST_MEMORY_KB: f64 = 30_000.0;

/// A figure that is judged against its floor.
struct Figure {
    what: &'static str,
    /// The path of the series: the group, the floor's name and the server's.
    place: (&'static str, &'static str, &'static str),
    unit: &'static str,
    /// The largest multiple of the floor that the server may need; or the smallest, where more is better.
    bound: f64,
    more_is_better: bool,
}

const FIGURES: [Figure; 11] = [
    Figure {
        what: "CPU time of a view",
        place: ("view", "floor_cpu_us", "server_cpu_us"),
        unit: "µs",
        bound: 1.6,
        more_is_better: false,
    },
    Figure {
        what: "latency of a view",
        place: ("view", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.4,
        more_is_better: false,
    },
    Figure {
        what: "cold view",
        place: ("cold", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.15,
        more_is_better: false,
    },
    Figure {
        what: "warm cache, most a second",
        place: ("load", "floor_rate", "server_rate"),
        unit: "/s",
        bound: 10.0,
        more_is_better: true,
    },
    Figure {
        what: "warm cache, 99 % at 1000/s",
        place: ("paced", "floor_p99_ms", "server_p99_ms"),
        unit: "ms",
        bound: 3.0,
        more_is_better: false,
    },
    Figure {
        what: "another's change in a flood",
        place: ("flood", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 2.0,
        more_is_better: false,
    },
    Figure {
        what: "change, SQLite, one user",
        place: ("changes_sqlite_1", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.08,
        more_is_better: false,
    },
    Figure {
        what: "change, SQLite, 16 users at once",
        place: ("changes_sqlite_16", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.08,
        more_is_better: false,
    },
    Figure {
        what: "change, PostgreSQL, one user",
        place: ("changes_postgres_1", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.15,
        more_is_better: false,
    },
    Figure {
        what: "change, PostgreSQL, 16 users at once",
        place: ("changes_postgres_16", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.15,
        more_is_better: false,
    },
    Figure {
        what: "link of a social account",
        place: ("links", "floor_ms", "server_ms"),
        unit: "ms",
        bound: 1.5,
        more_is_better: false,
    },
];

/// Builds, measures, prints the table; fails when a figure is missed or the run is void.
pub(crate) fn server(checkout: &Checkout) -> Outcome {
    let _folder = target_dir::take(checkout)?;
    let bench = ["bench", "--locked", "--package", "settings-server", "--bench", "server"];
    with_heartbeat("building", || run(checkout.cargo(&bench).arg("--no-run")))?;
    let postgres = Postgres::start(Durability::Full)?;
    let measured = measured(|file| {
        let mut command = checkout.cargo(&bench);
        command.args(["--", "--measure"]).arg(file).arg(postgres.url());
        command
    })?;
    let (rows, void) = rows(&measured)?;
    judge_all(&rows, &void)
}

/// Returns every row, and why the run is void, if it is.
fn rows(measured: &Value) -> Outcome<(Vec<Row>, Vec<String>)> {
    let mut void = Vec::new();
    let mut rows = Vec::new();
    for figure in &FIGURES {
        let (group, floor, server) = figure.place;
        let (floor, server) = (series(&measured[group][floor]), series(&measured[group][server]));
        if [&floor, &server].iter().any(|series| series.len() != ROUNDS) {
            return Err(format!("bench: not every one of the {ROUNDS} pairs was measured"));
        }
        void.extend(steady(&format!("the floor of \"{}\"", figure.what), &floor).err());
        rows.push(figure.row(&floor, &server));
    }
    let (Some(requests), Some(memory_kb)) =
        (measured["memory"]["requests"].as_u64(), measured["memory"]["server_kb"].as_f64())
    else {
        return Err("bench: the memory was not measured".to_owned());
    };
    rows.push(Row {
        what: "memory",
        measured: format!("{:.1} MB after {requests} requests", memory_kb / 1000.0),
        allowed: "30 MB".to_owned(),
        met: memory_kb < MOST_MEMORY_KB,
    });
    Ok((rows, void))
}

/// Prints the table in any case: a void run still shows which floor was unstable.
fn judge_all(rows: &[Row], void: &[String]) -> Outcome {
    let judged = judge(rows);
    if void.is_empty() { judged } else { Err(void.join("\n")) }
}

impl Figure {
    fn row(&self, floor: &[f64], server: &[f64]) -> Row {
        let differences = differences(server, floor);
        let (least, unit) = (median(floor), self.unit);
        let times = 1.0 + median(&differences) / least;
        Row {
            what: self.what,
            measured: format!(
                "{:+.2} {unit} over {least:.2} {unit}, {times:.2} times (quartiles {:.2} {unit} apart; the floor's {:.0} %)",
                median(&differences),
                quartile_range(&differences),
                100.0 * quartile_range(floor) / least
            ),
            allowed: format!(
                "{} {} times",
                if self.more_is_better { "at least" } else { "at most" },
                self.bound
            ),
            met: if self.more_is_better { times >= self.bound } else { times <= self.bound },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FIGURES, ROUNDS, rows};

    /// Returns all measurements, with the server at `times` its floors' bounds.
    fn measured(times: f64) -> Value {
        let mut all = json!({ "memory": { "requests": 100_000, "server_kb": 30_000.0 * times } });
        for figure in &FIGURES {
            let (group, floor, server) = figure.place;
            all[group][floor] = json!(vec![10.0; ROUNDS]);
            all[group][server] = json!(vec![10.0 * figure.bound * times; ROUNDS]);
        }
        all
    }

    #[test]
    fn figures_are_met_or_missed_against_their_floors() {
        for (times, is_met) in [(0.99, true), (1.01, false)] {
            let (rows, void) = rows(&measured(times)).unwrap();
            for (row, figure) in rows.iter().zip(&FIGURES) {
                assert_eq!(row.met, is_met != figure.more_is_better, "{}", row.what);
            }
            assert_eq!((rows.len(), rows[FIGURES.len()].met, void.len()), (12, is_met, 0));
        }
    }

    #[test]
    fn unstable_floor_voids_run_and_missing_figure_fails_it() {
        let mut restless = measured(0.5);
        restless["cold"]["floor_ms"] =
            (0..ROUNDS).map(|round| if round % 2 == 0 { 9.0 } else { 14.0 }).collect();
        let (_, void) = rows(&restless).unwrap();
        assert!(void.len() == 1 && void[0].contains("cold view"), "{void:?}");
        restless["view"]["server_ms"] = json!([1.0]);
        assert!(rows(&restless).is_err());
    }
}
