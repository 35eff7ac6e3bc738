//! The callback of providers, and the attacks on it (B25, B26, B27): it takes an answer from anyone, and does not say whether
//! it was of any use.

use serde_json::{Value, json};

use crate::social_link::{
    Begun, VERIFIER, authorize, begin, browse, browser, come_back, deep_link, finish_call,
};
use crate::support::app::{App, Call, secret};
use crate::support::{Answer, Stage};

async fn finish(app: &App<'_>, link: &Value) -> Answer {
    app.call(&finish_call(link)).await
}

const OVER: (u16, &str) = (410, "social_link_over");

/// Begins a link of alice and lets her browser come back.
async fn answered(stage: &Stage, app: &App<'_>) -> (Begun, Value) {
    let begun = begin(app, "github", Value::Null).await;
    let link = come_back(&authorize(stage, &begun.uri, "account-42").await).await;
    (begun, link)
}

fn assert_page(page: &Answer, case: &str) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{case}");
    assert_eq!(page.header("cache-control"), "no-store", "{case}");
    assert_eq!(page.header("referrer-policy"), "no-referrer", "{case}");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{case}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{case}: {policy}");
    assert!(!page.text.contains("<script") && !page.text.contains("http"), "{case}: {}", page.text);
}

#[tokio::test]
async fn b27_callback_leads_to_a_page_without_parameters() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let callback = authorize(&stage, &begun.uri, "account-42").await;
    let code = callback.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let moved = browse(browser().get(&callback)).await;
    let place = moved.header("location");
    assert_eq!((moved.status, moved.text.as_str()), (303, ""));
    assert!(place.starts_with(&format!("{}/callback/return/", stage.server.base_url())), "{place}");
    assert!(!place.contains('?') && !place.contains(code) && !place.contains(&begun.state), "{place}");
    for (language, title) in [("en-GB", "Go back to Latchkey"), ("fr, de-AT;q=0.8", "Zurück zu Latchkey")] {
        let page = browse(browser().get(place).header("accept-language", language)).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(title), "{}", page.text);
        assert!(!page.text.contains(code), "{}", page.text);
        assert_page(&page, language);
    }
    stage.advance(10 * 60);
    let late = browse(browser().get(place)).await;
    assert_eq!(late.status, 404);
    assert!(!late.text.contains("app.latchkey.dev"), "{}", late.text);
    assert_page(&late, "late");
}

#[tokio::test]
async fn b27_unknown_state_is_answered_as_a_known_one() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let callback = authorize(&stage, &begun.uri, "account-42").await;
    let other = callback.replace(&begun.state, &secret("another state"));
    let (known, unknown) = (come_back(&callback).await, come_back(&other).await);
    assert_eq!(known.as_object().unwrap().len(), unknown.as_object().unwrap().len());
    assert_eq!(unknown["handle"].as_str().unwrap().len(), known["handle"].as_str().unwrap().len());
    assert_eq!(finish(&app, &unknown).await.outcome(), OVER);
    assert_eq!(records.texts("SELECT status FROM social_links").await, ["answered"]);
}

#[tokio::test]
async fn b27_malformed_answers_store_nothing() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let place = authorize(&stage, &begun.uri, "account-42").await;
    let (place, _) = place.split_once('?').unwrap();
    let state = &begun.state;
    let large = format!("state={state}&code={}", "x".repeat(9 * 1024));
    let doubled = format!("state={state}&state={state}&code=c");
    for query in ["", "code=c", "state=short&code=c", "state=%ff&code=c", &large, &doubled] {
        let by_query = browse(browser().get(format!("{place}?{query}"))).await;
        let form = browser().post(place).header("content-type", "application/x-www-form-urlencoded");
        let by_form = browse(form.body(query.to_owned())).await;
        for moved in [by_query, by_form] {
            assert_eq!(moved.status, 303, "{query:.40}");
            assert!(moved.header("location").ends_with("/callback/return/over"), "{query:.40}");
        }
    }
    let huge = browser().post(place).body(vec![b'x'; 70 * 1024]);
    assert_eq!(browse(huge).await.outcome(), (413, "body_too_large"));
    assert_eq!(records.texts("SELECT status FROM social_links").await, ["open"]);
}

/// Apple posts its answer, with an origin of its own or `null`.
#[tokio::test]
async fn b27_form_post_is_taken_from_any_origin() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    for origin in ["https://appleid.apple.com", "null"] {
        let begun = begin(&app, "github", Value::Null).await;
        let callback = authorize(&stage, &begun.uri, origin).await;
        let (place, query) = callback.split_once('?').unwrap();
        let form = browser().post(place).header("origin", origin).body(query.to_owned());
        let moved = browse(form.header("content-type", "application/x-www-form-urlencoded")).await;
        assert_eq!(moved.status, 303, "{origin}");
        let page = browse(browser().get(moved.header("location"))).await;
        assert_eq!(deep_link(&page.text)["state"], begun.state.as_str());
    }
    let page = format!("{}/callback/return/over", stage.server.base_url());
    let refused = browse(browser().get(page).header("origin", "https://elsewhere.test")).await;
    assert_eq!(refused.outcome(), (403, "origin_not_allowed"), "no other route is exempt");
}

#[tokio::test]
async fn b27_second_answer_voids_the_link() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let callback = authorize(&stage, &begun.uri, "account-42").await;
    let (first, second) = (come_back(&callback).await, come_back(&callback).await);
    for link in [first, second] {
        assert_eq!(finish(&app, &link).await.outcome(), OVER);
    }
    assert_eq!(stage.request_count("/identities"), 0);
    // After the answer was used, another one changes nothing for a retry of the request that used it.
    let begun = begin(&app, "github", Value::Null).await;
    let callback = authorize(&stage, &begun.uri, "account-42").await;
    let call = finish_call(&come_back(&callback).await).with_key("finish-github-0002");
    assert_eq!(app.call(&call).await.status, 200);
    come_back(&callback).await;
    assert_eq!(app.call(&call).await.status, 200);
}

/// Each of the three secrets is needed, from the app instance that began.
#[tokio::test]
async fn b25_fixation_table() {
    let (stage, _) = Stage::social().await;
    let mut alice = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    let (_, of_alice) = answered(&stage, &alice).await;
    let (_, of_bob) = answered(&stage, &bob).await;
    stage.sandbox.clear_request_log();
    let with = |name: &str, value: Value| {
        let mut link = of_alice.clone();
        link[name] = value;
        link
    };
    for (case, link) in [
        ("a state of another user", with("state", of_bob["state"].clone())),
        ("an answer of another user", with("handle", of_bob["handle"].clone())),
        ("an unknown state", with("state", json!(secret("state")))),
        ("a tampered handle", with("handle", json!(secret("handle")))),
        ("an empty handle", with("handle", json!(""))),
    ] {
        assert_eq!(finish(&alice, &link).await.outcome(), OVER, "{case}");
    }
    assert_eq!(
        finish(&bob, &of_alice).await.outcome(),
        OVER,
        "the victim's answer into the attacker's account"
    );
    assert_eq!(
        finish(&alice, &of_bob).await.outcome(),
        OVER,
        "the attacker's answer into the victim's account"
    );
    let other_verifier = json!({
        "state": of_alice["state"], "answer": { "handle": of_alice["handle"] },
        "verifier": secret("other verifier")
    });
    let call = Call::post("/social/link/finish", other_verifier);
    assert_eq!(alice.call(&call).await.outcome(), OVER, "another verifier than {VERIFIER}");
    let former = alice.become_another("another instance of alice").await;
    assert_eq!(finish(&alice, &of_alice).await.outcome(), OVER, "another app instance");
    alice.instance = former;
    assert_eq!(stage.request_count("/identities"), 0, "nothing reached Logto");
    assert_eq!(finish(&alice, &of_alice).await.status, 200);
}

#[tokio::test]
async fn b25_answer_of_another_connector_is_not_taken() {
    let (stage, records) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let begun = begin(&app, "github", Value::Null).await;
    let callback = authorize(&stage, &begun.uri, "account-42").await;
    let swapped = callback.replace("/e4drka0aqkwg?", "/9u9po194plr6?");
    assert_ne!(swapped, callback);
    assert_eq!(finish(&app, &come_back(&swapped).await).await.outcome(), OVER);
    assert_eq!(records.texts("SELECT status FROM social_links").await, ["open"]);
}

#[tokio::test]
async fn b25_link_ends_after_ten_minutes_and_with_the_next() {
    let (stage, _) = Stage::social().await;
    let app = App::sign_in(&stage, "alice").await;
    let (_, late) = answered(&stage, &app).await;
    stage.advance(10 * 60);
    assert_eq!(finish(&app, &late).await.outcome(), OVER);
    let (_, former) = answered(&stage, &app).await;
    let (_, latter) = answered(&stage, &app).await;
    assert_eq!(finish(&app, &former).await.outcome(), OVER, "one link at a time");
    assert_eq!(finish(&app, &latter).await.status, 200);
}

#[tokio::test]
async fn b26_link_of_the_page_is_built_from_the_configuration() {
    let (stage, _) = Stage::social().await;
    for ticket in ["over", "", "https:%2F%2Felsewhere.test", "..%2f..", &"A".repeat(300), &secret("ticket")] {
        let page =
            browse(browser().get(format!("{}/callback/return/{ticket}", stage.server.base_url()))).await;
        assert_eq!(page.status, 404, "{ticket}");
        assert!(!page.text.contains("elsewhere") && !page.text.contains("href"), "{ticket}: {}", page.text);
    }
}
