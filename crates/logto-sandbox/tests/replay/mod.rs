//! Replays the recorded exchanges of a real Logto against the sandbox: status, code and shape must agree.
//!
//! In scope is every recording whose method and path fit a route of the sandbox, and the router's own answers.
//! `plan.json` gives preconditions and bindings, `exceptions.json` names what is not replayed and why. A
//! recording that is neither replayed nor named fails the test.

mod engine;
mod fixture;
mod prepare;
mod recording;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use recording::Recording;

/// The smallest share of the recordings in scope that must be replayed, in per cent.
const REQUIRED_PERCENT: usize = 90;

/// What `exceptions.json` holds.
struct Exceptions {
    /// Path templates of other areas → reason.
    areas: Vec<(String, String)>,
    /// Names of recordings in scope that are not replayed → reason.
    exchanges: BTreeMap<String, String>,
}

fn exceptions() -> Exceptions {
    let file: Value = serde_json::from_str(include_str!("exceptions.json")).unwrap();
    let pairs = |name: &str| -> Vec<(String, String)> {
        let fields = file[name].as_object().unwrap_or_else(|| panic!("{name} is missing"));
        fields.iter().map(|(key, reason)| (key.clone(), reason.as_str().unwrap().to_owned())).collect()
    };
    Exceptions { areas: pairs("areas"), exchanges: pairs("exchanges").into_iter().collect() }
}

/// Returns why the area of a recording is out of scope, if it is. A template ends in `*` to mean a prefix.
fn area_of<'a>(areas: &'a [(String, String)], recording: &Recording) -> Option<&'a str> {
    areas.iter().find_map(|(template, _)| {
        let (method, path) = template.split_once(' ').unwrap_or(("*", template));
        let fits_method = method == "*" || method == recording.method;
        let fits = fits_method && recording::path_fits(path, &recording.path);
        fits.then_some(template.as_str())
    })
}

fn is_in_scope(recording: &Recording) -> bool {
    let routes = logto_sandbox::route_patterns();
    let fits_route = routes.iter().any(|(method, pattern)| {
        *method == recording.method && recording::path_fits(pattern, &recording.path)
    });
    fits_route || matches!(recording.name.as_str(), "cors-preflight" | "method-not-allowed" | "unknown-route")
}

#[tokio::test]
async fn every_recording_in_scope_is_replayed_or_named_with_a_reason() {
    let recordings = recording::load();
    let exceptions = exceptions();
    let mut engine = engine::Engine::start().await;
    let mut failures = Vec::new();
    let (mut replayed, mut excused, mut outside) = (0, 0, 0);
    let mut used = BTreeSet::new();
    for recording in &recordings {
        if !is_in_scope(recording) {
            outside += 1;
            match area_of(&exceptions.areas, recording) {
                Some(area) => {
                    used.insert(area.to_owned());
                }
                None => failures.push(format!(
                    "{}: {} {} is neither in scope nor in a named area",
                    recording.name, recording.method, recording.path
                )),
            }
            continue;
        }
        if exceptions.exchanges.contains_key(&recording.name) {
            excused += 1;
            used.insert(recording.name.clone());
            continue;
        }
        match engine.replay(recording).await {
            Ok(()) => replayed += 1,
            Err(problem) => failures.push(format!("{} ({}): {problem}", recording.name, recording.sequence)),
        }
    }
    for named in exceptions.areas.iter().map(|(area, _)| area).chain(exceptions.exchanges.keys()) {
        if !used.contains(named) {
            failures.push(format!("exceptions.json names {named}, which nothing needs"));
        }
    }
    for unused in engine.unused_plans() {
        failures.push(format!("plan.json names {unused}, which was not replayed"));
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    let in_scope = replayed + excused;
    let percent = replayed * 100 / in_scope;
    println!(
        "replay: {} recordings, {in_scope} in scope, {replayed} replayed ({percent} %), {excused} excused, \
         {outside} of other areas",
        recordings.len()
    );
    assert!(percent >= REQUIRED_PERCENT, "only {percent} % of the recordings in scope are replayed");
    let counts = format!(
        "{} recordings: {in_scope} in scope, {replayed} replayed ({percent} %), {excused} named with a reason, \
         {outside} of other areas",
        recordings.len()
    );
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&counts), "the README's replay counts are old; they are now: {counts}");
}
