//! `cargo xtask bench app`: what Latchkey costs over a blank window of the same build.
//!
//! Every figure has its floor from the same run, measured in interleaved pairs. A floor that varies by more
//! than a fifth voids the run: the machine was busy, and a figure from it would mean nothing.

use std::fs;

use serde_json::Value;

use crate::environment::Checkout;
use crate::output::{run, with_heartbeat};
use crate::stack::{Stack, private_folder};
use crate::{Outcome, dist, journeys, setup, target_dir};

const ROUNDS: usize = 15;
const PROFILE: &str = "debug";
/// Paired difference of start times, as a share of the floor.
const MOST_START: f64 = 0.25;
/// Memory, as a multiple of the floor's.
const MOST_MEMORY: f64 = 1.2;
/// What changing to another page may take over changing to nothing, in frames of a sixtieth of a second.
const MOST_FRAMES: f64 = 2.0;
/// Half of the floor's starts lie within this share of its median.
const MOST_SPREAD: f64 = 0.20;

/// One line of the table.
struct Row {
    what: &'static str,
    measured: String,
    allowed: String,
    met: bool,
}

/// Builds, measures, prints the table; fails when a figure is missed or the run is void.
pub(crate) fn app(checkout: &Checkout) -> Outcome {
    let _folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    let binary = dist::build(checkout)?;
    let page = run(&mut checkout.in_page("npm", &["run", "--silent", "size"]));
    let driver = with_heartbeat("building", || journeys::build(checkout))?;
    let stack = Stack::start(checkout, PROFILE)?;
    let folder = private_folder("bench")?;
    let file = folder.join("measured.json");
    let mut command = journeys::driving(checkout, &driver, Some(&stack));
    command.arg("--bench").arg(&binary).arg(ROUNDS.to_string()).arg(&file);
    let measured = with_heartbeat("measuring", || run(&mut command)).and_then(|()| {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        serde_json::from_str::<Value>(&text).map_err(|error| format!("{}: {error}", file.display()))
    });
    let _ = fs::remove_dir_all(&folder);
    let measured = measured?;

    let series = |name: &str| -> Vec<f64> {
        measured[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let mut rows =
        time_and_memory(&series("floor_ms"), &series("app_ms"), &series("floor_kb"), &series("app_kb"))?;
    rows.push(page_change(&series("floor_change_ms"), &series("change_ms"))?);
    let bytes = dist::size(&binary)?;
    rows.push(Row {
        what: "binary",
        measured: format!("{:.2} MB", dist::megabytes(bytes)),
        allowed: "12 MB".to_owned(),
        met: bytes <= dist::LARGEST_BYTES,
    });
    rows.push(Row {
        what: "page JavaScript",
        measured: "see above".to_owned(),
        allowed: "90 kB gzipped".to_owned(),
        met: page.is_ok(),
    });
    print(&rows);
    if rows.iter().all(|row| row.met) { Ok(()) } else { Err("bench: not every figure is met".to_owned()) }
}

fn time_and_memory(floor_ms: &[f64], app_ms: &[f64], floor_kb: &[f64], app_kb: &[f64]) -> Outcome<Vec<Row>> {
    if [floor_ms, app_ms, floor_kb, app_kb].iter().any(|series| series.len() != ROUNDS) {
        return Err(format!("bench: not every one of the {ROUNDS} pairs was measured"));
    }
    let floor = median(floor_ms);
    let spread = quartile_range(floor_ms) / floor;
    if spread > MOST_SPREAD {
        return Err(format!(
            "bench: void: the blank window's own start varies by {:.0} % (at most 20 %); the machine is busy",
            spread * 100.0
        ));
    }
    let differences: Vec<f64> = app_ms.iter().zip(floor_ms).map(|(app, floor)| app - floor).collect();
    let difference = median(&differences);
    let memory = median(app_kb) / median(floor_kb);
    Ok(vec![
        Row {
            what: "start to first view",
            measured: format!(
                "{:.0} ms over {floor:.0} ms, {:.0} % (quartiles {:.0} ms apart; the floor's {:.0} %)",
                difference,
                100.0 * difference / floor,
                quartile_range(&differences),
                spread * 100.0
            ),
            allowed: "25 % of the floor".to_owned(),
            met: difference <= MOST_START * floor,
        },
        Row {
            what: "memory",
            measured: format!(
                "{:.0} MB over {:.0} MB, {memory:.2} times",
                median(app_kb) / 1000.0,
                median(floor_kb) / 1000.0
            ),
            allowed: "1.2 times the floor".to_owned(),
            met: memory <= MOST_MEMORY,
        },
    ])
}

fn page_change(floor: &[f64], pages: &[f64]) -> Outcome<Row> {
    if floor.is_empty() || floor.len() != pages.len() {
        return Err("bench: no change of pages was measured".to_owned());
    }
    let differences: Vec<f64> = pages.iter().zip(floor).map(|(page, floor)| (page - floor) * 0.06).collect();
    let frames = median(&differences);
    Ok(Row {
        what: "page to page",
        measured: format!(
            "{frames:.1} frames over {:.0} ms (quartiles {:.1} frames apart, {} changes)",
            median(floor),
            quartile_range(&differences),
            pages.len()
        ),
        allowed: "2 frames".to_owned(),
        met: frames <= MOST_FRAMES,
    })
}

fn print(rows: &[Row]) {
    println!("\n{:20} {:78} {:20} result", "figure", "measured", "allowed");
    for row in rows {
        let result = if row.met { "met" } else { "MISSED" };
        println!("{:20} {:78} {:20} {result}", row.what, row.measured, row.allowed);
    }
    println!();
}

/// The value below which this share of the sorted series lies, interpolated between neighbours.
fn quantile(series: &[f64], share: f64) -> f64 {
    let mut sorted = series.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let mut place = share;
    for (index, pair) in sorted.windows(2).enumerate() {
        // Each step is 1/last of the way; a whole number of steps is subtracted without a cast.
        let step = 1.0 / f64::from(u32::try_from(last).unwrap_or(1));
        if place <= step || index + 1 == last {
            return pair[0] + (pair[1] - pair[0]) * (place / step).min(1.0);
        }
        place -= step;
    }
    sorted[0]
}

fn median(series: &[f64]) -> f64 {
    quantile(series, 0.5)
}

fn quartile_range(series: &[f64]) -> f64 {
    quantile(series, 0.75) - quantile(series, 0.25)
}

#[cfg(test)]
mod tests {
    use super::{ROUNDS, median, page_change, quartile_range, time_and_memory};

    #[test]
    fn medians_and_quartiles_interpolate() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!((quartile_range(&[1.0, 2.0, 3.0, 4.0, 5.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[7.0]) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn a_figure_is_met_or_missed_against_its_floor() {
        let (floor, near, far) = (vec![1000.0; ROUNDS], vec![1249.0; ROUNDS], vec![1251.0; ROUNDS]);
        assert!(time_and_memory(&floor, &near, &floor, &floor).unwrap()[0].met);
        assert!(!time_and_memory(&floor, &far, &floor, &floor).unwrap()[0].met);
        assert!(!time_and_memory(&floor, &near, &floor, &far).unwrap()[1].met);
    }

    #[test]
    fn a_change_of_pages_may_take_two_frames_more_than_none() {
        let floor = vec![33.0; 6];
        assert!(page_change(&floor, &[66.0; 6]).unwrap().met);
        assert!(!page_change(&floor, &[67.0; 6]).unwrap().met);
        assert!(page_change(&floor, &[]).is_err());
    }

    #[test]
    fn a_restless_floor_voids_the_run() {
        let restless: Vec<f64> =
            (0..ROUNDS).map(|round| if round % 2 == 0 { 900.0 } else { 1400.0 }).collect();
        assert!(time_and_memory(&restless, &restless, &restless, &restless).is_err());
        assert!(time_and_memory(&restless[1..], &restless, &restless, &restless).is_err());
    }
}
