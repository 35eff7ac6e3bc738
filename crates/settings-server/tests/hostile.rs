//! Every route of the list, and everything that a stranger or a broken client could send: no answer is 500, and
//! nothing reaches Logto that should not.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use settings_server::{Route, RouteBase, Scope, routes};

use crate::support::app::{App, Call, secret};
use crate::support::{ALL_SCOPES, Answer, Stage, read};

/// Returns a request of a route with an id that does not exist, and an empty body.
fn request(stage: &Stage, route: &Route, id: &str) -> RequestBuilder {
    let public_url = settings_server::config::PublicUrl::parse(stage.server.base_url()).unwrap();
    let path = route.full_path(&public_url).replace("{id}", id);
    let method: Method = route.method.parse().unwrap();
    stage.http.request(method, format!("{}{path}", public_url.origin()))
}

/// Whether a route takes JSON. A provider's form is none: `social_callback.rs` has its cases.
fn takes_body(route: &Route) -> bool {
    matches!(route.method, "POST" | "PATCH" | "PUT") && route.operation != "social_callback_form"
}

/// Returns the writes in the request log of Logto's Management API.
fn writes(stage: &Stage) -> Vec<String> {
    let log = stage.sandbox.request_log();
    log.iter()
        .filter(|request| request.method != "GET" && request.path.starts_with("/api/"))
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

fn assert_harmless(stage: &Stage, answer: &Answer, case: &str) {
    assert_ne!(answer.status, 500, "{case}: {}", answer.text);
    let is_shaped = answer.status < 400
        || is_page(answer)
        || (answer.body["code"].is_string() && answer.body["request_id"].is_string());
    assert!(is_shaped, "{case}: {} {}", answer.status, answer.text);
    assert_eq!(writes(stage), Vec::<String>::new(), "{case}");
}

fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html")
}

#[tokio::test]
async fn b2_tokens_of_the_wrong_kind_open_no_route() {
    let stage = Stage::new().await;
    let m2m = stage.sandbox.m2m_client_id();
    let now = stage.sandbox.clock().now_unix_s();
    let with = |changes: Value| {
        let mut claims = stage.claims("alice", ALL_SCOPES);
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let good = with(json!({}));
    let tokens = [
        ("a machine's", stage.mint(&with(json!({ "sub": m2m, "client_id": m2m })), &json!({})), 401),
        ("expired", stage.mint(&with(json!({ "exp": now - 100 })), &json!({})), 401),
        (
            "forged",
            stage.sandbox.sign_with_unknown_key(&good, &json!({ "kid": stage.sandbox.current_key_id() })),
            401,
        ),
        ("of another client", stage.mint(&with(json!({ "client_id": "another-app" })), &json!({})), 403),
        ("of nobody", stage.mint(&with(json!({ "sub": "nobody000000" })), &json!({})), 0),
    ];
    for route in routes().iter().filter(|route| !route.scopes.is_empty()) {
        for (case, token, status) in &tokens {
            stage.sandbox.clear_request_log();
            let request = request(&stage, route, "some-id").bearer_auth(token);
            let request = request.header("latchkey-instance", secret("hostile"));
            let request = if takes_body(route) { request.json(&json!({})) } else { request };
            let answer = read(request).await;
            let case = format!("{}: {case}", route.operation);
            assert_harmless(&stage, &answer, &case);
            assert!(*status == 0 || answer.status == *status, "{case}: {}", answer.text);
            assert!(answer.status >= 400, "{case}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn b1_every_route_refuses_a_token_without_one_of_its_scopes() {
    let stage = Stage::new().await;
    for route in routes().iter().filter(|route| !route.scopes.is_empty()) {
        for missing in route.scopes {
            stage.sandbox.clear_request_log();
            let rest: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| scope != missing).collect();
            let token = stage.token("alice", &Scope::list(&rest));
            let request = request(&stage, route, "some-id").bearer_auth(token);
            let answer = read(request.header("latchkey-instance", secret("hostile"))).await;
            assert_eq!(answer.outcome(), (403, "insufficient_scope"), "{} {missing:?}", route.operation);
            assert_harmless(&stage, &answer, route.operation);
        }
    }
}

#[tokio::test]
async fn b33_hostile_bodies_are_refused_on_every_route() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let token = app.tokens["access_token"].as_str().unwrap();
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    let nul = "{\"nonce\":\"a\\u0000b\",\"keep\":\"\\u0000\",\"name\":{\"from\":null,\"to\":\"\\u0000\"}}";
    let bodies: [(&str, &str, Vec<u8>); 11] = [
        ("1 MiB and 1", "application/json", vec![b' '; 1024 * 1024 + 1]),
        ("deep lists", "application/json", deep.into_bytes()),
        ("deep objects", "application/json", deep_object.into_bytes()),
        ("NUL in texts", "application/json", nul.into()),
        ("NUL itself", "application/json", vec![0; 64]),
        ("not UTF-8", "application/json", vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}']),
        ("unknown members", "application/json", b"{\"user_id\":\"bob\",\"isSuspended\":true}".to_vec()),
        ("a list", "application/json", b"[]".to_vec()),
        ("nothing", "application/json", Vec::new()),
        ("a form", "application/x-www-form-urlencoded", b"name=x".to_vec()),
        ("no type", "", b"{}".to_vec()),
    ];
    for route in routes().iter().filter(|route| takes_body(route)) {
        for (case, content_type, body) in &bodies {
            stage.sandbox.clear_request_log();
            let mut request = request(&stage, route, "some-id").bearer_auth(token);
            request = request.header("latchkey-instance", &app.instance).body(body.clone());
            if !content_type.is_empty() {
                request = request.header("content-type", *content_type);
            }
            // A body that is refused while it is still being sent may cost the connection: that is an answer, too.
            let Ok(response) = request.send().await else { continue };
            let (status, text) = (response.status().as_u16(), response.text().await.unwrap_or_default());
            let case = format!("{}: {case}: {text}", route.operation);
            assert!((400..500).contains(&status), "{case}");
            assert_eq!(writes(&stage), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test]
async fn b5_path_segments_lead_nowhere_else() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let bob = stage.sandbox.user_id("bob");
    let token = app.tokens["access_token"].as_str().unwrap();
    for route in routes().iter().filter(|route| route.base == RouteBase::Base && route.path.contains("{id}"))
    {
        for id in [
            "..%2f..",
            "..%2F..%2Fusers%2F",
            "%2e%2e",
            "%00",
            "%ff",
            "a%2fb",
            "%25",
            "*",
            "a;b",
            &bob,
            &"x".repeat(5000),
        ] {
            stage.sandbox.clear_request_log();
            let request = request(&stage, route, id).bearer_auth(token);
            let answer = read(request.header("latchkey-instance", &app.instance)).await;
            assert_harmless(&stage, &answer, &format!("{} {id}", route.operation));
            // A browser is sent to a page that says that there is nothing to do.
            let is_sent_away = answer.header("location").ends_with("/callback/return/over");
            assert!(answer.status >= 400 || is_sent_away, "{} {id}", route.operation);
            let others = stage.sandbox.request_log();
            let strayed = others.iter().any(|request| {
                request.path.starts_with("/api/users")
                    && !request.path.contains(&stage.sandbox.user_id("alice"))
            });
            assert!(!strayed, "{} {id}: only alice is asked about", route.operation);
        }
    }
}

/// Returns a body that every route would read.
fn body(operation: &str) -> Value {
    let change = json!({ "from": null, "to": null });
    match operation {
        "account_update" => json!({ "name": change }),
        "profile_update" => json!({ "nickname": change }),
        "custom_fields_update" => json!({ "department": change }),
        "preferences_update" => json!({ "theme": change }),
        "step_up_browser" => json!({ "nonce": "a", "id_token": "b" }),
        "step_up_password" => json!({ "nonce": "a", "password": "b" }),
        "step_up_code" => json!({ "nonce": "a", "route": "email" }),
        "step_up_code_confirm" => json!({ "nonce": "a", "transaction": "b", "code": "123456" }),
        "sessions_current" => json!({ "id_token": "a" }),
        "sessions_end_others" => json!({}),
        "email_set" => json!({ "from": null, "address": "new@example.test" }),
        "phone_set" => json!({ "from": null, "number": "+15550000009" }),
        "email_confirm" | "phone_confirm" => json!({ "transaction": "a", "code": "123456" }),
        "email_remove" | "phone_remove" => json!({ "from": "a" }),
        "username_update" => json!({ "username": change }),
        "password_update" => json!({ "password": "a" }),
        "access_token_create" => json!({ "name": "a", "lifetime_days": null }),
        "access_token_rename" => json!({ "from": "a", "to": "b" }),
        "access_token_revoke" => json!({ "name": "a" }),
        "social_link_begin" => json!({ "target": "a", "verifier_hash": "b" }),
        "social_link_finish" => json!({ "state": "a", "verifier": "b", "answer": "failed" }),
        "social_restore" | "social_forget" => json!({ "key": "a" }),
        "social_unlink" => json!({ "target": "a", "key": "b" }),
        other => panic!("{other} takes a body: say here which"),
    }
}

#[tokio::test]
async fn b7_one_member_too_many_is_refused_on_every_route() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let token = app.tokens["access_token"].as_str().unwrap();
    let ask = async |route: &Route, body: &Value| {
        let request = request(&stage, route, "some-id").bearer_auth(token);
        read(request.header("latchkey-instance", &app.instance).json(body)).await
    };
    for route in routes().iter().filter(|route| takes_body(route)) {
        let mut body = body(route.operation);
        assert_ne!(ask(route, &body).await.code(), "invalid_body", "{}: as it should be", route.operation);
        // As long and of the same kind as what edits accept, so that only its name is wrong.
        body["isSuspended"] = json!({ "from": null, "to": null });
        stage.sandbox.clear_request_log();
        let answer = ask(route, &body).await;
        // The organisation alone names its members.
        let refusal = match route.operation {
            "custom_fields_update" => (403, "field_not_editable"),
            _ => (400, "invalid_body"),
        };
        assert_eq!(answer.outcome(), refusal, "{}: {}", route.operation, answer.text);
        assert_harmless(&stage, &answer, route.operation);
    }
}

#[tokio::test]
async fn b8_a_request_without_an_instance_is_refused() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    for wrong in ["", "short", &"x".repeat(43), &"x".repeat(4000)] {
        app.instance = wrong.to_owned();
        let answer = app.call(&Call::new(Method::GET, "/sessions")).await;
        assert_eq!(answer.outcome(), (400, "instance_required"), "{wrong}");
    }
}

/// In debug builds an answer with a code that the route is not documented with is a panic.
#[tokio::test]
async fn b33_bad_idempotency_key_is_refused_by_every_change() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for route in routes().iter().filter(|route| !route.scopes.is_empty()) {
        let mut call =
            Call::new(route.method.parse().unwrap(), route.path.replace("{id}", "one")).with_key("short");
        call.body = takes_body(route).then(|| json!({}));
        let answer = app.call(&call).await;
        let case = format!("{} {}: {}", route.method, route.path, answer.text);
        assert_eq!(route.idempotent, answer.outcome() == (422, "invalid_value"), "{case}");
        if route.idempotent {
            assert_eq!(answer.body["field"], "idempotency-key", "{case}");
        }
    }
}
