//! B8: every sensitive route of the route list, with every proof that does not authorize it.

use serde_json::{Value, json};
use settings_server::{Purpose, Route};

use crate::support::addresses::burn;
use crate::support::app::{App, Call, secret};
use crate::support::{Answer, Stage, change};

/// Two requests of a sensitive route that differ in their target, and what Logto must hold for the second to be
/// possible.
struct SensitiveRequest {
    call: Call,
    other_target: Call,
    elsewhere: Value,
}

/// Returns a request of a sensitive route.
async fn requests(app: &App<'_>, route: &Route) -> SensitiveRequest {
    let sessions = app.sessions().await;
    let current = sessions.body["current"]["id"].clone();
    let other = |list: &str| -> Vec<String> {
        let all = sessions.body[list].as_array().unwrap().iter();
        let others = all.filter(|session| session["current"] != true && session["id"] != current);
        others.map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    };
    let user = app.stage.sandbox.user_json(&app.user);
    let (email, phone) = (&user["primaryEmail"], &user["primaryPhone"]);
    let two = |call: Call, other_target: Call| SensitiveRequest { call, other_target, elsewhere: json!({}) };
    match route.operation {
        "session_end" => {
            let ids = other("sessions");
            let end = |id: &String| Call::delete(format!("/sessions/{id}"));
            two(end(&ids[0]), end(&ids[1]))
        }
        "grant_end" => {
            let ids = other("grants");
            let end = |id: &String| Call::delete(format!("/grants/{id}"));
            two(end(&ids[0]), end(&ids[1]))
        }
        "sessions_end_others" => {
            let end = |body: Value| Call::post("/sessions/end-others", body);
            two(end(json!({})), end(json!({ "keep": current })))
        }
        "email_set" => {
            let set = |to: &str| Call::post("/email", json!({ "from": email, "address": to }));
            two(set("new@example.test"), set("other@example.test"))
        }
        "phone_set" => {
            let set = |to: &str| Call::post("/phone", json!({ "from": phone, "number": to }));
            two(set("+15550000008"), set("+15550000009"))
        }
        "email_remove" => SensitiveRequest {
            call: Call::post("/email/remove", json!({ "from": email })),
            other_target: Call::post("/email/remove", json!({ "from": "other@example.test" })),
            elsewhere: json!({ "primaryEmail": "other@example.test" }),
        },
        "phone_remove" => SensitiveRequest {
            call: Call::post("/phone/remove", json!({ "from": phone })),
            other_target: Call::post("/phone/remove", json!({ "from": "15550000009" })),
            elsewhere: json!({ "primaryPhone": "15550000009" }),
        },
        "username_update" => {
            let set = |to: &str| Call::patch("/username", change("username", user["username"].clone(), to));
            two(set("somebody"), set("somebody_else"))
        }
        "password_update" => {
            let set = |to: &str| Call::put("/password", json!({ "password": to }));
            two(set("Better-Horse-8"), set("Wiser-Horse-9"))
        }
        "access_token_create" => {
            let create =
                |name: &str| Call::post("/access-tokens", json!({ "name": name, "lifetime_days": 30 }));
            two(create("build"), create("deploy"))
        }
        "access_token_revoke" => {
            for name in ["old", "older"] {
                if !app.stage.sandbox.personal_access_tokens(&app.user).contains_key(name) {
                    app.stage.sandbox.add_personal_access_token(&app.user, name, None);
                }
            }
            let revoke = |name: &str| Call::post("/access-tokens/revoke", json!({ "name": name }));
            two(revoke("old"), revoke("older"))
        }
        "social_unlink" => {
            app.stage.sandbox.patch_user(&app.user, &linked());
            let unlink = async |target: &str| {
                Call::post("/social/unlink", json!({ "target": target, "key": key_of(app, target).await }))
            };
            two(unlink("github").await, unlink("google").await)
        }
        "social_restore" | "social_forget" => {
            app.stage.sandbox.patch_user(&app.user, &linked());
            let keys = [unlinked(app, "github").await, unlinked(app, "google").await];
            let [one, other] = keys.map(|key| Call::post(route.path, json!({ "key": key })));
            two(one, other)
        }
        "social_link_begin" => {
            let begin = async |target: &str| {
                let replaces = key_of(app, target).await;
                let body =
                    json!({ "target": target, "replaces": replaces, "verifier_hash": secret("verifier") });
                Call::post("/social/link", body)
            };
            two(begin("github").await, begin("google").await)
        }
        other => panic!("{other} is sensitive: say here how it is asked for"),
    }
}

/// Returns alice's identities when she has linked two accounts.
fn linked() -> Value {
    json!({ "identities": { "github": { "userId": "account-1" }, "google": { "userId": "account-2" } } })
}

/// Unlinks the account of a target. Returns its key.
async fn unlinked(app: &App<'_>, target: &str) -> Value {
    let key = key_of(app, target).await;
    let call = Call::post("/social/unlink", json!({ "target": target, "key": key }));
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    key
}

/// Returns the key of the linked account of a target, or null.
async fn key_of(app: &App<'_>, target: &str) -> Value {
    let listed = app.call(&Call::new(reqwest::Method::GET, "/social")).await;
    let accounts = listed.body["accounts"].as_array().unwrap();
    let account = accounts.iter().find(|account| account["target"] == target);
    account.map(|account| account["key"].clone()).unwrap_or_default()
}

/// Prepares alice's account so that a request has this purpose.
fn without(purpose: Purpose) -> Value {
    match purpose {
        Purpose::AddEmail => json!({ "primaryEmail": null }),
        Purpose::AddPhone => json!({ "primaryPhone": null }),
        Purpose::SwitchSocial => linked(),
        _ => json!({}),
    }
}

fn assert_challenge(answer: &Answer, purpose: Purpose, case: &str) {
    assert_eq!(answer.outcome(), (401, "step_up_required"), "{case}: {}", answer.text);
    assert_eq!(answer.body["detail"]["purpose"], serde_json::to_value(purpose).unwrap(), "{case}");
    let header = answer.header("www-authenticate");
    assert!(header.starts_with("Bearer error=\"insufficient_user_authentication\""), "{case}: {header}");
    assert!(header.contains("max_age=0"), "{case}: {header}");
}

/// The cases come from the route list, so that a new sensitive route cannot be forgotten.
#[tokio::test]
async fn b8_matrix_of_every_sensitive_route() {
    let sensitive: Vec<(Route, Purpose)> = settings_server::routes()
        .into_iter()
        .flat_map(|route| {
            let purposes = route.step_up;
            (0..purposes.len()).map(move |index| (same(&route), purposes[index])).collect::<Vec<_>>()
        })
        .collect();
    assert!(sensitive.len() >= 9);
    for (route, purpose) in &sensitive {
        // Each case has a tenant of its own, so that what one ends is there for the next.
        for case in [
            "none",
            "other purpose",
            "other target",
            "other user",
            "other instance",
            "expired",
            "used",
            "right",
        ] {
            one_case(&sensitive, route, *purpose, case).await;
        }
    }
}

/// Whether a grant for it is bound to a target. A password is none that a record could name.
fn has_target(purpose: Purpose) -> bool {
    purpose.is_single_use() && purpose != Purpose::Password
}

/// Returns the same route once more.
fn same(route: &Route) -> Route {
    let mut all = settings_server::routes();
    let at = all.iter().position(|other| other.operation == route.operation).unwrap();
    all.swap_remove(at)
}

async fn one_case(sensitive: &[(Route, Purpose)], route: &Route, purpose: Purpose, case: &str) {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    // Three more browsers of the same user.
    for _ in 0..3 {
        App::sign_in(&stage, "alice").await;
    }
    app.introduce_session().await;
    stage.sandbox.patch_user("alice", &without(purpose));
    let SensitiveRequest { call, other_target, elsewhere } = requests(&app, route).await;
    let is_single_use = purpose.is_single_use();
    let user = stage.sandbox.user_json("alice");
    let put_back = || {
        let names = ["primaryEmail", "primaryPhone", "identities"];
        let fields = names.map(|name| (name.to_owned(), user[name].clone()));
        stage.sandbox.patch_user("alice", &Value::Object(fields.into_iter().collect()));
    };
    let name = format!("{} for {purpose:?}: {case}", route.operation);
    stage.sandbox.clear_request_log();
    match case {
        "none" => assert_challenge(&app.call(&call).await, purpose, &name),
        "other purpose" => {
            // Of the same class, so that nothing but the purpose is wrong.
            let same_class = |other: &Purpose| *other != purpose && other.is_single_use() == is_single_use;
            let (other, _) = sensitive.iter().rfind(|(_, other)| same_class(other)).unwrap();
            let other = requests(&app, other).await.call;
            let grant = app.grant(&other).await;
            put_back();
            stage.sandbox.clear_request_log();
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "other target" => {
            stage.sandbox.patch_user("alice", &elsewhere);
            let grant = app.grant(&other_target).await;
            put_back();
            let answer = app.call(&call.with_grant(&grant)).await;
            if has_target(purpose) {
                assert_challenge(&answer, purpose, &name);
            } else {
                assert_eq!(answer.status, 200, "{name}: {}", answer.text);
            }
        }
        "other user" => {
            let mut bob = App::sign_in(&stage, "bob").await;
            bob.instance.clone_from(&app.instance);
            bob.introduce_session().await;
            stage.sandbox.patch_user("bob", &without(purpose));
            let grant = if route.path.contains("{id}") {
                bob.grant(&Call::delete("/sessions/unknown")).await
            } else {
                bob.grant(&requests(&bob, route).await.call).await
            };
            stage.sandbox.clear_request_log();
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "other instance" => {
            let grant = app.grant(&call).await;
            app.become_another("another installation").await;
            let answer = app.call(&call.with_grant(&grant)).await;
            // An instance whose session is unknown cannot end all others on a guess.
            if answer.code() != "current_session_unknown" {
                assert_challenge(&answer, purpose, &name);
            }
        }
        "expired" => {
            let grant = app.grant(&call).await;
            stage.advance(if is_single_use { 120 } else { 600 });
            app.tokens["access_token"] = stage.token("alice", crate::support::ALL_SCOPES).into();
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "used" => {
            let grant = app.grant(&call).await;
            let first = app.call(&call.with_grant(&grant)).await;
            assert_eq!(first.status, 200, "{name}: {}", first.text);
            if first.body.get("transaction").is_some() {
                burn(&app, &call.path, &first).await;
            }
            put_back();
            stage.sandbox.clear_personal_access_tokens("alice");
            if matches!(purpose, Purpose::RestoreSocial | Purpose::ForgetSocial) {
                requests(&app, route).await;
            }
            let again = app.call(&call.with_grant(&grant)).await;
            if is_single_use {
                assert_challenge(&again, purpose, &name);
            } else {
                assert_ne!(again.code(), "step_up_required", "{name}: reusable for ten minutes");
            }
        }
        _ => {
            let grant = app.grant(&call).await;
            let answer = app.call(&call.with_grant(&grant)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        }
    }
    let log = stage.sandbox.request_log();
    let writes = ["/api/users", "/api/verification-codes", "/api/connectors"];
    let is_write = |path: &str| writes.iter().any(|start| path.starts_with(start));
    let wrote = log.iter().any(|request| request.method != "GET" && is_write(&request.path));
    let may_write = match case {
        // Nothing but this server's own records.
        "right" if purpose == Purpose::ForgetSocial => false,
        "right" | "used" => true,
        "other target" => !has_target(purpose),
        _ => false,
    };
    assert_eq!(wrote, may_write, "{name}: only a valid proof reaches Logto");
}
