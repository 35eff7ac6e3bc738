//! B33 and B38: what holds for every answer, whatever its route.

use std::time::Duration;

use logto_sandbox::FaultAction;
use secrecy::SecretString;
use serde_json::json;
use settings_server::config::SecretOrigin;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ALL_SCOPES, Answer, Stage, read};

fn assert_headers(answer: &Answer, case: &str) {
    assert_eq!(answer.header("cache-control"), "no-store", "{case}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{case}");
    let is_page = answer.header("content-type").starts_with("text/html") || answer.status == 303;
    assert!(
        is_page == case.contains("/callback/") || answer.header("content-type") == "application/json",
        "{case}"
    );
    assert!(!answer.header("x-request-id").is_empty(), "{case}");
    assert_eq!(answer.header("access-control-allow-origin"), "", "{case}: CORS is off");
    assert_eq!(answer.header("server"), "", "{case}");
    if answer.status >= 400 && answer.body.get("code").is_some() {
        assert_eq!(answer.body["request_id"], answer.header("x-request-id"), "{case}");
    }
}

#[tokio::test]
async fn b33_every_answer_carries_the_headers_and_is_json() {
    let stage = Stage::new().await;
    let token = stage.token("alice", ALL_SCOPES);
    let get = |path: &str| stage.http.get(stage.root_url(path));
    let big = "x".repeat(70 * 1024);
    stage.fault("/api/account-center", "GET", FaultAction::Status(500, None), Some(1));
    let cases = [
        (502, "upstream", get("/api/account").bearer_auth(&token)),
        (200, "read", get("/api/account").bearer_auth(&token)),
        (401, "no token", get("/api/account")),
        (404, "no route", get("/nowhere")),
        (404, "no route below the base", get("/api/nowhere").bearer_auth(&token)),
        (404, "a trailing slash", get("/api/account/").bearer_auth(&token)),
        (405, "a method", stage.http.delete(stage.url("/account")).bearer_auth(&token)),
        (200, "metadata", get("/.well-known/oauth-protected-resource/api")),
        (200, "live", get("/livez")),
        (200, "ready", get("/readyz")),
        (415, "no content type", stage.http.patch(stage.url("/account")).bearer_auth(&token).body("{}")),
        (413, "a large body", stage.http.patch(stage.url("/account")).bearer_auth(&token).body(big)),
        (400, "a bad body", stage.http.patch(stage.url("/account")).bearer_auth(&token).json(&json!([]))),
        (403, "an origin", get("/api/account").bearer_auth(&token).header("origin", "https://evil.example")),
    ];
    for (status, case, request) in cases {
        let answer = read(request).await;
        assert_eq!(answer.status, status, "{case}: {}", answer.text);
        assert_headers(&answer, case);
    }
}

#[tokio::test]
async fn b33_only_application_json_is_read() {
    let stage = Stage::new().await;
    let token = stage.token("alice", ALL_SCOPES);
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("application/json; charset=\"utf-8\"", 200),
        ("application/json; Charset=\"UTF-8\"", 200),
        ("application/json;", 200),
        ("application/json ; charset=utf-8", 200),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=\"utf-16\"", 415),
        ("application/json; charset=\"utf-8", 415),
        ("application/json; charset=utf-8; charset=utf-16", 415),
        ("application/json; version=1", 415),
        ("application/json charset=utf-8", 415),
        ("application/json, text/plain", 415),
        ("application/jsonx", 415),
        ("application/merge-patch+json", 415),
        ("", 415),
    ] {
        let request =
            stage.http.patch(stage.url("/account")).bearer_auth(&token).header("content-type", content_type);
        let answer = read(request.body("{}")).await;
        assert_eq!(answer.status, status, "{content_type:?}");
        assert!(status == 200 || answer.code() == "unsupported_media_type");
    }
}

#[tokio::test]
async fn b33_pages_of_other_origins_are_refused() {
    let stage = Stage::new().await;
    let own = stage.root_url("");
    let token = stage.token("alice", ALL_SCOPES);
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "tauri://localhost",
        &own.to_uppercase(),
        &format!("{own}/"),
        "",
    ] {
        for path in ["/api/account", "/livez", "/.well-known/oauth-protected-resource/api"] {
            let answer =
                read(stage.http.get(stage.root_url(path)).bearer_auth(&token).header("origin", origin)).await;
            assert_eq!(answer.outcome(), (403, "origin_not_allowed"), "{origin:?} {path}");
        }
    }
    let answer = read(stage.http.get(stage.url("/account")).bearer_auth(&token).header("origin", &own)).await;
    assert_eq!(answer.status, 200, "our own origin");
    let preflight = stage
        .http
        .request("OPTIONS".parse().unwrap(), stage.url("/account"))
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "PATCH");
    let answer = read(preflight).await;
    assert_eq!(answer.outcome(), (403, "origin_not_allowed"));
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn b33_bodies_end_at_64_kib_announced_or_not() {
    let stage = Stage::new().await;
    let token = stage.token("alice", ALL_SCOPES);
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    let patch = || {
        stage.http.patch(stage.url("/account")).bearer_auth(&token).header("content-type", "application/json")
    };
    assert_eq!(read(patch().body(padded(64 * 1024))).await.status, 200);
    assert_eq!(read(patch().body(padded(64 * 1024 + 1))).await.outcome(), (413, "body_too_large"));
    let chunks: Vec<Result<String, std::io::Error>> = padded(80 * 1024)
        .as_bytes()
        .chunks(4096)
        .map(|chunk| Ok(String::from_utf8(chunk.to_vec()).unwrap()))
        .collect();
    let unannounced = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    assert_eq!(read(patch().body(unannounced)).await.outcome(), (413, "body_too_large"));
}

#[tokio::test]
async fn b33_methods_are_listed() {
    let stage = Stage::new().await;
    let token = stage.token("alice", ALL_SCOPES);
    let public_url = settings_server::config::PublicUrl::parse(stage.server.base_url()).unwrap();
    let mut paths: std::collections::BTreeMap<String, Vec<&str>> = Default::default();
    for route in settings_server::routes() {
        paths.entry(route.full_path(&public_url)).or_default().push(route.method);
    }
    for (path, allowed) in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"] {
            let url = format!("{}{path}", public_url.origin());
            let answer =
                read(stage.http.request(method.parse().unwrap(), url).bearer_auth(&token).json(&json!({})))
                    .await;
            if allowed.contains(&method) {
                let served =
                    answer.status < 500 && !matches!(answer.code(), "method_not_allowed" | "not_found");
                assert!(served, "{method} {path}: {}", answer.text);
            } else {
                assert_eq!(answer.outcome(), (405, "method_not_allowed"), "{method} {path}");
                for method in &allowed {
                    assert!(
                        answer.header("allow").contains(method),
                        "{path}: Allow: {}",
                        answer.header("allow")
                    );
                }
            }
            assert_headers(&answer, &format!("{method} {path}"));
        }
    }
}

/// An unknown route is answered as any other failure, however it is written, and causes no request to Logto.
#[tokio::test]
async fn b33_unknown_routes_are_answered_alike() {
    let stage = Stage::new().await;
    let address = stage.root_url("").replace("http://", "");
    stage.sandbox.clear_request_log();
    for target in [
        "GET /api/account/",
        "GET //api/account",
        "GET /api//account",
        "GET /api/%61ccount",
        "GET /api/account/..",
        "GET /API/account",
        "GET /",
        "OPTIONS *",
        "CONNECT 127.0.0.1:1",
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let head = format!("{target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{target}: {answer}");
        assert!(
            answer.contains("\"code\":\"not_found\"") && answer.contains("x-request-id: "),
            "{target}: {answer}"
        );
        assert!(answer.contains("cache-control: no-store"), "{target}: {answer}");
    }
    assert!(stage.sandbox.request_log().is_empty());
}

#[tokio::test]
async fn b33_a_request_that_takes_too_long_ends() {
    let stage = Stage::with(|config| config.limits.request_timeout = Duration::from_millis(200)).await;
    stage.fault("/api/users/", "GET", FaultAction::Hang, None);
    let answer = stage.alice().await;
    assert_eq!(answer.outcome(), (504, "timed_out"));
    assert_headers(&answer, "timed out");
}

/// Reads until the connection is given up.
async fn in_time(reading: impl Future<Output = std::io::Result<usize>>) -> usize {
    tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap().unwrap()
}

#[tokio::test]
async fn b33_a_body_that_never_comes_ends() {
    let stage = Stage::with(|config| config.limits.request_timeout = Duration::from_millis(200)).await;
    let token = stage.token("alice", ALL_SCOPES);
    let address = stage.root_url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "PATCH /api/account HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 10\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = in_time(stream.read(&mut answer)).await;
    assert!(answer[..length].starts_with(b"HTTP/1.1 504 "), "{}", String::from_utf8_lossy(&answer[..length]));
}

#[tokio::test]
async fn b33_a_head_that_never_ends_closes_the_connection() {
    let stage = Stage::with(|config| config.limits.header_timeout = Duration::from_millis(200)).await;
    let address = stage.root_url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let mut rest = Vec::new();
    in_time(stream.read_to_end(&mut rest)).await;
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn b38_livez_needs_nothing_and_readyz_needs_logto() {
    let stage = Stage::new().await;

    let ready = || async { read(stage.http.get(stage.root_url("/readyz"))).await };
    assert_eq!((ready().await.status, ready().await.text.as_str()), (200, "{\"status\":\"ok\"}"));
    assert_eq!(stage.request_count("/oidc/token"), 1, "an answer is kept for some seconds");

    let stage = Stage::new().await;
    stage.fault("", "", FaultAction::Status(500, None), None);
    let live = read(stage.http.get(stage.root_url("/livez"))).await;
    assert_eq!((live.status, live.text.as_str()), (200, "{\"status\":\"ok\"}"));
    assert!(stage.sandbox.request_log().is_empty(), "livez sends no request");
    let ready = read(stage.http.get(stage.root_url("/readyz"))).await;
    assert_eq!((ready.status, ready.text.as_str()), (503, "{\"status\":\"unavailable\"}"), "and no details");
    let asked = stage.sandbox.request_log().len();
    assert!(asked > 0);
    stage.sandbox.faults().clear();
    stage.advance(4);
    for _ in 0..10 {
        assert_eq!(read(stage.http.get(stage.root_url("/readyz"))).await.status, 503);
    }
    assert_eq!(stage.sandbox.request_log().len(), asked, "a failure is kept for some seconds, too");
    stage.advance(1);
    assert_eq!(read(stage.http.get(stage.root_url("/readyz"))).await.status, 200);
}

#[tokio::test]
async fn b38_a_server_that_logto_gives_no_token_is_not_ready() {
    let stage = Stage::with(|config| {
        let wrong = SecretString::from("a-secret-that-logto-does-not-know");
        config.logto.client_secret = SecretOrigin::Value(wrong);
    })
    .await;
    let ready = read(stage.http.get(stage.root_url("/readyz"))).await;
    assert_eq!((ready.status, ready.text.as_str()), (503, "{\"status\":\"unavailable\"}"));
    assert_eq!(stage.request_count("/oidc/jwks"), 1, "the keys alone are there");
}

#[tokio::test]
async fn b38_a_server_without_the_issuers_keys_is_not_ready() {
    let stage = Stage::new().await;
    stage.fault("/oidc/jwks", "GET", FaultAction::Status(503, None), None);
    let ready = read(stage.http.get(stage.root_url("/readyz"))).await;
    assert_eq!((ready.status, ready.text.as_str()), (503, "{\"status\":\"unavailable\"}"));
    assert_eq!(stage.request_count("/oidc/token"), 1, "the token alone is there");
}

#[tokio::test]
async fn b38_metrics_are_on_a_port_of_their_own() {
    let stage = Stage::with(|config| config.listen.metrics_address = Some(([127, 0, 0, 1], 0).into())).await;
    assert_eq!(stage.alice().await.status, 200);
    stage.account("nonsense").await;
    read(stage.http.get(stage.root_url("/some/secret/path-of-a-stranger"))).await;
    let url = format!("http://{}/metrics", stage.server.metrics_address().unwrap());
    let text = read(stage.http.get(&url)).await.text;
    let counted = |line: &str| assert!(text.contains(line), "{line} is not in\n{text}");
    counted(
        "latchkey_http_request_duration_seconds_count{method=\"GET\",route=\"/api/account\",status=\"200\"} 1",
    );
    counted(
        "latchkey_http_request_duration_seconds_count{method=\"GET\",route=\"/api/account\",status=\"401\"} 1",
    );
    counted("latchkey_http_request_duration_seconds_count{method=\"GET\",route=\"none\",status=\"404\"} 1");
    assert!(!text.contains("stranger") && !text.contains(&stage.sandbox.user_id("alice")), "{text}");
    assert_eq!(read(stage.http.get(stage.root_url("/metrics"))).await.status, 404, "not on the API's port");
}

#[tokio::test]
async fn b38_the_metrics_refuse_another_host_without_content() {
    let stage = Stage::with(|config| {
        config.listen.metrics_address = Some(([127, 0, 0, 1], 0).into());
        config.listen.metrics_hosts = vec!["metrics.example".to_owned()];
    })
    .await;
    let address = stage.server.metrics_address().unwrap();
    let url = format!("http://{address}/metrics");
    for (host, status) in [
        (address.to_string(), 200),
        (format!("localhost:{}", address.port()), 200),
        ("metrics.example".to_owned(), 200),
        (format!("rebound.example:{}", address.port()), 421),
        ("rebound.example".to_owned(), 421),
        (String::new(), 421),
    ] {
        let answer = read(stage.http.get(&url).header("host", &host)).await;
        assert_eq!(answer.status, status, "{host}");
        assert_eq!(answer.text.is_empty(), status != 200, "{host}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_when_the_server_stops() {
    let stage = Stage::new().await;
    stage.fault("/api/users/", "GET", FaultAction::Delay(200), Some(1));
    let token = stage.token("alice", ALL_SCOPES);
    let request = tokio::spawn(read(stage.http.get(stage.url("/account")).bearer_auth(token)));
    while stage.request_count("/api/users/") == 0 {
        tokio::task::yield_now().await;
    }
    let url = stage.root_url("/livez");
    stage.server.stop().await;
    assert_eq!(request.await.unwrap().status, 200);
    assert!(stage.http.get(url).send().await.is_err(), "no new connection is accepted");
}
