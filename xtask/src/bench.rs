//! `cargo xtask bench …`: the cost of the product, next to the least that could do the same.
//!
//! Every figure has its floor from the same run, measured in interleaved pairs. A floor that varies by more than a
//! fifth voids the run: the machine was busy, and a figure from it would mean nothing.

mod app;
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

pub(crate) use app::app;
pub(crate) use server::server;

use crate::Outcome;
use crate::output::{run, with_heartbeat};
use crate::stack::private_folder;

/// The largest spread of a floor: half of its rounds lie within this share of its median.
const MOST_SPREAD: f64 = 0.20;

/// One line of the table.
struct Row {
    what: &'static str,
    measured: String,
    allowed: String,
    met: bool,
}

/// Runs a command that measures, and returns what it wrote to the file at the given path.
fn measured(command: impl FnOnce(&Path) -> Command) -> Outcome<Value> {
    let folder = private_folder("bench")?;
    let file = folder.join("measured.json");
    let measured = with_heartbeat("measuring", || run(&mut command(&file))).and_then(|()| {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        serde_json::from_str::<Value>(&text).map_err(|error| format!("{}: {error}", file.display()))
    });
    let _ = fs::remove_dir_all(&folder);
    measured
}

/// Returns the numbers of a list.
fn series(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Returns the spread of a floor, as a share of its median.
///
/// # Errors
/// When it is so large that the run is void.
fn steady(what: &str, floor: &[f64]) -> Outcome<f64> {
    let spread = quartile_range(floor) / median(floor);
    if spread <= MOST_SPREAD {
        return Ok(spread);
    }
    Err(format!("bench: void: {what} varies by {:.0} % (at most 20 %); the machine is busy", spread * 100.0))
}

/// Prints the table; fails when a figure is missed.
fn judge(rows: &[Row]) -> Outcome {
    print(rows);
    if rows.iter().all(|row| row.met) { Ok(()) } else { Err("bench: not every figure is met".to_owned()) }
}

fn print(rows: &[Row]) {
    println!("\n{:27} {:84} {:24} result", "figure", "measured", "allowed");
    for row in rows {
        let result = if row.met { "met" } else { "MISSED" };
        println!("{:27} {:84} {:24} {result}", row.what, row.measured, row.allowed);
    }
    println!();
}

/// Returns the value below which this share of the sorted series lies, interpolated between neighbours.
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

/// Returns what each figure is above its floor.
fn differences(figures: &[f64], floors: &[f64]) -> Vec<f64> {
    figures.iter().zip(floors).map(|(figure, floor)| figure - floor).collect()
}

fn median(series: &[f64]) -> f64 {
    quantile(series, 0.5)
}

fn quartile_range(series: &[f64]) -> f64 {
    quantile(series, 0.75) - quantile(series, 0.25)
}

#[cfg(test)]
mod tests {
    use super::{median, quartile_range};

    #[test]
    fn medians_and_quartiles_interpolate() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!((quartile_range(&[1.0, 2.0, 3.0, 4.0, 5.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[7.0]) - 7.0).abs() < 1e-9);
    }
}
