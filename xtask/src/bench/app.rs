//! `cargo xtask bench app`: the cost of Latchkey, compared with a blank window of the same build.

use super::{Row, differences, judge, measured, median, quartile_range, series, steady};
use crate::environment::Checkout;
use crate::output::{run, with_heartbeat};
use crate::stack::Stack;
use crate::{Outcome, dist, journeys, setup, target_dir};

const ROUNDS: usize = 15;
const PROFILE: &str = "debug";
/// The largest paired difference of start times, as a share of the floor.
const MOST_START: f64 = 0.25;
/// The largest memory, as a multiple of the floor's.
const MOST_MEMORY: f64 = 1.2;
/// How much longer changing to another page may take than changing to nothing, in frames of a sixtieth of a second.
const MOST_FRAMES: f64 = 2.0;

/// How long after a sign-in the account may take to be on screen, as a multiple of the core's own part.
const MOST_SIGN_IN: f64 = 1.3;
/// How much longer than the server's part the way from the link to the linked account may take, in milliseconds.
const MOST_LINK_MS: f64 = 300.0;

/// Builds, measures, prints the table; fails when a figure is missed or the run is void.
pub(crate) fn app(checkout: &Checkout) -> Outcome {
    let _folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    let binary = dist::build(checkout)?;
    let page = run(&mut checkout.in_page("npm", &["run", "--silent", "size"]));
    let driver = with_heartbeat("building", || journeys::build(checkout))?;
    let stack = Stack::start(checkout, PROFILE)?;
    let measured = measured(|file| {
        let mut command = journeys::driving(checkout, &driver, Some(&stack));
        command.arg("--bench").arg(&binary).arg(ROUNDS.to_string()).arg(file);
        command
    })?;
    let series = |name: &str| series(&measured[name]);
    let mut rows =
        time_and_memory(&series("floor_ms"), &series("app_ms"), &series("floor_kb"), &series("app_kb"))?;
    rows.push(page_change(&series("floor_change_ms"), &series("change_ms"))?);
    rows.push(sign_in(&series("floor_sign_in_ms"), &series("sign_in_ms"))?);
    rows.push(link(&series("floor_link_ms"), &series("link_ms"))?);
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
    judge(&rows)
}

fn time_and_memory(floor_ms: &[f64], app_ms: &[f64], floor_kb: &[f64], app_kb: &[f64]) -> Outcome<Vec<Row>> {
    if [floor_ms, app_ms, floor_kb, app_kb].iter().any(|series| series.len() != ROUNDS) {
        return Err(format!("bench: not every one of the {ROUNDS} pairs was measured"));
    }
    let spread = steady("the blank window's own start", floor_ms)?;
    let floor = median(floor_ms);
    let differences = differences(app_ms, floor_ms);
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

fn sign_in(core: &[f64], window: &[f64]) -> Outcome<Row> {
    if core.len() != ROUNDS || window.len() != ROUNDS {
        return Err(format!("bench: not every one of the {ROUNDS} sign-ins was measured"));
    }
    let times: Vec<f64> = window.iter().zip(core).map(|(window, core)| window / core).collect();
    Ok(Row {
        what: "sign-in to account",
        measured: format!(
            "{:.0} ms over {:.0} ms, {:.2} times",
            median(window),
            median(core),
            median(&times)
        ),
        allowed: "1.3 times the core's part".to_owned(),
        met: median(&times) <= MOST_SIGN_IN,
    })
}

fn link(server: &[f64], window: &[f64]) -> Outcome<Row> {
    if server.len() != ROUNDS || window.len() != ROUNDS {
        return Err(format!("bench: not every one of the {ROUNDS} links was measured"));
    }
    let differences = differences(window, server);
    let difference = median(&differences);
    Ok(Row {
        what: "link to linked account",
        measured: format!(
            "{difference:.0} ms over {:.0} ms (quartiles {:.0} ms apart)",
            median(server),
            quartile_range(&differences)
        ),
        allowed: "300 ms over the server's part".to_owned(),
        met: difference <= MOST_LINK_MS,
    })
}

#[cfg(test)]
mod tests {
    use super::{ROUNDS, link, page_change, sign_in, time_and_memory};

    #[test]
    fn link_is_judged_by_what_the_app_adds() {
        let server = vec![100.0; ROUNDS];
        assert!(link(&server, &[400.0; ROUNDS]).unwrap().met);
        assert!(!link(&server, &[401.0; ROUNDS]).unwrap().met);
        assert!(link(&server[1..], &[400.0; ROUNDS]).is_err());
    }

    #[test]
    fn sign_in_is_judged_by_what_the_window_adds() {
        let core = vec![100.0; ROUNDS];
        assert!(sign_in(&core, &[130.0; ROUNDS]).unwrap().met);
        assert!(!sign_in(&core, &[131.0; ROUNDS]).unwrap().met);
        assert!(sign_in(&core, &[130.0; 3]).is_err());
    }

    #[test]
    fn figure_is_met_or_missed_against_its_floor() {
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
    fn unstable_floor_voids_the_run() {
        let restless: Vec<f64> =
            (0..ROUNDS).map(|round| if round % 2 == 0 { 900.0 } else { 1400.0 }).collect();
        assert!(time_and_memory(&restless, &restless, &restless, &restless).is_err());
        assert!(time_and_memory(&restless[1..], &restless, &restless, &restless).is_err());
    }
}
