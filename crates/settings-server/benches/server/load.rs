//! Requests, and how long they took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::stage::Side;

/// Concurrent clients where the most is wanted.
const ASKERS: u32 = 32;
/// How a request counts, in milliseconds, that got no good answer because too many came.
const UNANSWERED_MS: f64 = 10_000.0;

/// Requests the first of the side's URLs once, for the nth of its users. The answer must be a success.
async fn ask(side: &Side, nth: u32) -> f64 {
    let began = Instant::now();
    assert!(get(side, 0, nth).await, "{} has no good answer", side.urls[0]);
    ms(began.elapsed())
}

/// Whether the answer was a success.
async fn get(side: &Side, url: usize, nth: u32) -> bool {
    let people = u32::try_from(side.tokens.len()).unwrap();
    let token = &side.tokens[usize::try_from(nth % people).unwrap()];
    match side.http.get(&side.urls[url]).bearer_auth(token).send().await {
        Ok(answer) => answer.status() == 200 && answer.bytes().await.is_ok(),
        Err(_) => false,
    }
}

/// Sends one request for every user, so that they are cached from now on.
pub(crate) async fn warm(side: &Side) {
    one_after_another(side, u32::try_from(side.tokens.len()).unwrap()).await;
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Sends this many requests on one connection. Returns their times in milliseconds.
pub(crate) async fn one_after_another(side: &Side, count: u32) -> Vec<f64> {
    let mut times = Vec::new();
    for nth in 0..count {
        times.push(ask(side, nth).await);
    }
    times
}

/// All of the side's URLs at once, until the last has answered, in milliseconds.
pub(crate) async fn cold(side: &Side) -> f64 {
    let began = Instant::now();
    let all = futures_util::future::join_all((0..side.urls.len()).map(|url| get(side, url, 0))).await;
    assert!(all.into_iter().all(|is_good| is_good), "{:?}", side.urls);
    ms(began.elapsed())
}

/// Counts answers in this time, with as many clients as keep the side busy.
pub(crate) async fn rate(side: &Side, time: Duration) -> u32 {
    let answers = Arc::new(AtomicU32::new(0));
    let end = Instant::now() + time;
    let askers = (0..ASKERS).map(|asker| {
        let (side, answers) = (side.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            let mut nth = asker;
            while Instant::now() < end {
                ask(&side, nth).await;
                answers.fetch_add(1, Ordering::Relaxed);
                nth = nth.wrapping_add(ASKERS);
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.unwrap();
    }
    answers.load(Ordering::Relaxed)
}

/// Sends this many requests a second, whether or not the ones before were answered. Returns their times in
/// milliseconds.
pub(crate) async fn paced(side: &Side, per_second: u32, seconds: u32) -> Vec<f64> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    let mut asked = Vec::new();
    for nth in 0..per_second * seconds {
        ticks.tick().await;
        let side = side.clone();
        asked.push(tokio::spawn(async move {
            let began = Instant::now();
            if get(&side, 0, nth).await { ms(began.elapsed()) } else { UNANSWERED_MS }
        }));
    }
    let mut times = Vec::new();
    for one in asked {
        times.push(one.await.unwrap());
    }
    times
}
