//! B20 and decision 16 for ending sessions and grants: the process is killed while it reads, and before and after each
//! of its writes, and started again on the same records. Each session is then ended with its grants or untouched, and
//! the same request ends the rest.

use logto_sandbox::{Fault, FaultAction};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::crash::World;
use crate::support::read;
use crate::support::signed_in::{ALICE, EVERY, Outcome, SignedIn, What, crowd, deleted, looks};

const KEY: &str = "0123456789-test-key";

/// When the process is killed.
#[derive(Clone, Debug)]
enum Moment {
    /// While it reads the sessions, having done so this many times before.
    Looking(usize),
    /// While Logto gets the requests to end these, before or after it has. All others of the stage are ended.
    Outcome { stuck: Vec<String>, after: bool },
}

/// Starts a program, alice's app in a browser session that the server knows, and all the others.
async fn world() -> (World, String) {
    let world = World::start().await;
    let own = world.sign_in().await;
    crowd(&world.sandbox, &world.base_url).await;
    (world, own["id"].as_str().unwrap().to_owned())
}

fn request(world: &World, ending: &Outcome, grant: Option<&str>) -> RequestBuilder {
    let request = world.request(ending.method.clone(), &ending.path, &ending.body, grant);
    request.header("idempotency-key", KEY)
}

fn fault(world: &World, method: &str, path: &str, action: FaultAction, times: Option<u32>) {
    let (path_contains, method) = (path.to_owned(), Some(method.to_owned()));
    world.sandbox.faults().push(Fault { path_contains, method, action, times });
}

/// Returns what has been ended when the process is killed.
fn ended(ending: &Outcome, moment: &Moment) -> Vec<String> {
    match moment {
        Moment::Looking(0) => Vec::new(),
        Moment::Looking(1) => ending.revoked[0].clone(),
        Moment::Looking(_) => ending.revoked.concat(),
        Moment::Outcome { stuck, after } => {
            let stage = ending.stages().find(|stage| stage.contains(&stuck[0])).unwrap();
            let others = stage.iter().filter(|id| *after || !stuck.contains(id)).cloned();
            ending.until(stage).into_iter().chain(others).collect()
        }
    }
}

async fn killed(what: What, moment_of: impl Fn(&Outcome) -> Option<Moment>) -> bool {
    let (world, own) = world().await;
    let ending = Outcome::of(what, &world.sandbox, &own);
    let Some(moment) = moment_of(&ending) else {
        world.end();
        return false;
    };
    let case = format!("{what:?} {moment:?}");
    let grant = world.grant_after(&read(request(&world, &ending, None)).await).await;
    world.sandbox.clear_request_log();
    match &moment {
        Moment::Looking(times) => {
            let path = format!("{ALICE}/sessions");
            let times = u32::try_from(*times).unwrap();
            if times > 0 {
                fault(&world, "GET", &path, FaultAction::Delay(0), Some(times));
            }
            fault(&world, "GET", &path, FaultAction::Hang, Some(1));
        }
        Moment::Outcome { stuck, after } => {
            for id in stuck {
                let action = if *after { FaultAction::HangAfter } else { FaultAction::Hang };
                fault(&world, "DELETE", id, action, None);
            }
        }
    }
    let ended = ended(&ending, &moment);
    let left = ending.after(&ended);
    let is_time = |world: &World| {
        let asked = match &moment {
            Moment::Looking(times) => looks(&world.sandbox) > *times,
            // Before the lists are read again: the next call would end what one leaves over.
            Moment::Outcome { stuck, .. } => {
                let looked = if ending.revoked[0].contains(&stuck[0]) { 1 } else { 2 };
                looks(&world.sandbox) == looked && stuck.iter().all(|id| deleted(&world.sandbox).contains(id))
            }
        };
        asked && SignedIn::read(&world.sandbox) == left
    };
    let began = !matches!(moment, Moment::Looking(0));
    let asked = request(&world, &ending, Some(&grant));
    let world = world.kill_when(asked, began, is_time).await;

    // Nothing more has happened, and the answer says nothing less.
    let is_whole = left == ending.whole();
    assert_eq!(SignedIn::read(&world.sandbox), left, "{case}");
    let outcome = ending.outcome(&left, "undone");
    let mut results: Vec<&str> = if began { vec![outcome] } else { vec![] };
    assert_eq!(world.records.results().await, results, "{case}");
    assert_eq!(world.records.open().await, 0, "{case}");
    let notified = async |world: &World| world.records.texts("SELECT id FROM outbox").await.len();
    assert_eq!(notified(&world).await, usize::from(began && outcome != "undone"), "{case}: notices");

    // The same request continues where it was interrupted, and once more it has nothing to do.
    world.sandbox.clear_request_log();
    let answer = read(request(&world, &ending, Some(&grant))).await;
    assert_eq!((answer.status, &answer.body["remaining"]), (200, &json!([])), "{case}: {}", answer.text);
    assert_eq!(SignedIn::read(&world.sandbox), ending.whole(), "{case}");
    let rest = ending.revoked.concat().into_iter().filter(|id| !ended.contains(id)).collect();
    assert_eq!(deleted(&world.sandbox), rest, "{case}: what was ended is not ended again");
    if !(began && is_whole) {
        results.push("done");
    }
    let answer = read(request(&world, &ending, Some(&grant))).await;
    assert_eq!((answer.status, &answer.body["sessions_ended"]), (200, &json!(0)), "{case}: {}", answer.text);
    assert_eq!((world.records.results().await, world.records.open().await), (owned(&results), 0), "{case}");
    assert_eq!(notified(&world).await, 1, "{case}: the user is notified once");
    let operations = "SELECT DISTINCT operation FROM journal WHERE phase <> 'event'";
    assert_eq!(world.records.texts(operations).await.len(), 1, "{case}: it is one operation");
    assert_present(&answer.body, &ending.whole(), &case);
    world.assert_chained(&case);
    world.end();
    true
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Asserts that the answer shows what Logto holds.
fn assert_present(answer: &Value, held: &SignedIn, case: &str) {
    let ids = |list: &str| -> Vec<String> {
        let list = answer["present"][list].as_array().unwrap().iter();
        list.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(held.is(&ids("sessions"), &ids("grants")), "{case}: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_listing_sessions_end_or_not() {
    for what in EVERY {
        for times in 0..3 {
            assert!(killed(what, |_| Some(Moment::Looking(times))).await);
        }
    }
}

/// Kills at each of the calls of one stage alone, then at all of them at once.
async fn killed_in_each(what: What, after: bool) {
    for stage in 0..2 {
        for call in 0.. {
            let moment = |ending: &Outcome| {
                let stuck = vec![ending.revoked[stage].get(call)?.clone()];
                Some(Moment::Outcome { stuck, after })
            };
            if !killed(what, moment).await {
                break;
            }
        }
        let all = |ending: &Outcome| {
            let stuck = ending.revoked[stage].clone();
            (stuck.len() > 1).then_some(Moment::Outcome { stuck, after })
        };
        killed(what, all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_before_the_end_session_or_grant_is_kept() {
    for what in [What::Session, What::Grant] {
        killed_in_each(what, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_after_the_end_session_and_its_grants_are_gone() {
    for what in [What::Session, What::Grant] {
        killed_in_each(what, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_before_any_other_ends_repetition_ends_the_rest() {
    killed_in_each(What::Others, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_after_any_other_ended_repetition_ends_the_rest() {
    killed_in_each(What::Others, true).await;
}
