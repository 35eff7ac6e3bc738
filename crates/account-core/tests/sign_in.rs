//! The sign-in: N2, N3, N4, N6, and the code of each outcome.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Freshness, SignInStage};
use account_api::error::{AppCode, Code, ServerCode};
use account_core::{App, Dependencies, Error, Http, OperatingSystemRandomness};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use url::Url;

use crate::support::host::{parameter, replace};
use crate::support::http::{self, Reply};
use crate::support::{ALICE, NOROLE, Setup, TestClock, TestHost, TestUser, World};

const ALICE_COMES_BACK: fn(fn(&mut Url)) -> TestUser =
    |change| TestUser::ComesBackWith { username: "alice", password: "Correct-Horse-7", change };

async fn world_of(user: TestUser) -> World {
    World::with(Setup { user, ..Setup::default() }).await
}

/// Starts a sign-in that waits for a browser in which nothing happens.
pub(crate) async fn waiting() -> (World, JoinHandle<Result<(), Error>>) {
    let world = world_of(TestUser::Waits).await;
    let attempt = begin(&world).await;
    (world, attempt)
}

async fn begin(world: &World) -> JoinHandle<Result<(), Error>> {
    let opened = world.host.seen(|seen| seen.opened.len());
    let app = Arc::clone(&world.app);
    let attempt = tokio::spawn(async move { app.sign_in().await });
    world.host.until("the browser opens", |seen| seen.opened.len() > opened).await;
    attempt
}

pub(crate) fn opened(world: &World) -> Url {
    world.host.seen(|seen| seen.opened.last().cloned()).unwrap()
}

pub(crate) fn redirect_uri(world: &World) -> Url {
    Url::parse(&parameter(&opened(world), "redirect_uri").unwrap()).unwrap()
}

pub(crate) fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

async fn is_closed(url: &Url) -> bool {
    tokio::net::TcpStream::connect(address(url)).await.is_err()
}

pub(crate) fn codes_exchanged(world: &World) -> usize {
    world.token_requests("authorization_code")
}

fn notice(world: &World) -> Option<Code> {
    match world.app.state() {
        AppState::SignedOut { notice, .. } => notice,
        other => panic!("not signed out: {other:?}"),
    }
}

#[tokio::test]
async fn n2_each_sign_in_has_own_secrets_and_uses_s256() {
    let world = World::signed_in().await;
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.app.sign_in().await.unwrap();
    let urls = world.host.seen(|seen| seen.opened.clone());
    assert_eq!(urls.len(), 2);
    for name in ["code_challenge", "state", "nonce"] {
        let values: BTreeSet<_> = urls.iter().map(|url| parameter(url, name).unwrap()).collect();
        assert_eq!(values.len(), 2, "{name}");
        // 43 characters of base64url are 256 bits.
        assert!(values.iter().all(|value| value.len() >= 43), "{name}");
    }
    for url in &urls {
        assert_eq!(parameter(url, "code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(parameter(url, "response_type").as_deref(), Some("code"));
        assert_eq!(parameter(url, "prompt").as_deref(), Some("consent"));
        assert_eq!(parameter(url, "resource").as_deref(), Some(world.server.base_url()));
        assert_eq!(parameter(url, "code_verifier"), None);
        let scopes = parameter(url, "scope").unwrap();
        let scopes: BTreeSet<&str> = scopes.split(' ').collect();
        let wanted = BTreeSet::from([
            "openid",
            "profile",
            "offline_access",
            "account:read",
            "account:write",
            "account:security",
            "account:delete",
        ]);
        assert_eq!(scopes, wanted);
    }
}

#[tokio::test]
async fn n2_plain_challenge_method_is_refused() {
    let (world, attempt) = waiting().await;
    let mut plain = opened(&world);
    replace(&mut plain, "code_challenge_method", Some("plain"));
    let landed = world.sandbox.browser().authorize(plain.as_str(), "alice", "Correct-Horse-7").await;
    let landed = Url::parse(&landed.unwrap()).unwrap();
    assert_eq!(parameter(&landed, "error").as_deref(), Some("invalid_request"));
    http::get(&landed).await.unwrap();
    assert!(matches!(attempt.await.unwrap(), Err(Error::SignInFailed)));
    assert_eq!(codes_exchanged(&world), 0);
}

/// Any page in the browser can send a request with its own `state`: it gets an error, nothing is sent to any server,
/// and the sign-in continues.
#[tokio::test]
async fn n3_unknown_state_fails_and_calls_nothing() {
    for change in [
        (|url: &mut Url| replace(url, "state", Some("another-state"))) as fn(&mut Url),
        |url| replace(url, "state", None),
        |url| replace(url, "state", Some("")),
        |url| {
            let state = parameter(url, "state").unwrap();
            url.query_pairs_mut().append_pair("state", &state);
        },
    ] {
        let (world, attempt) = waiting().await;
        let landed =
            world.sandbox.authenticate(opened(&world).as_str(), "alice", "Correct-Horse-7").await.unwrap();
        let right = Url::parse(&landed).unwrap();
        let mut wrong = right.clone();
        change(&mut wrong);
        let focused = world.host.seen(|seen| seen.focused);
        assert_eq!(http::get(&wrong).await.unwrap().status, 400);
        assert!(matches!(
            world.app.state(),
            AppState::SigningIn { stage: SignInStage::WaitingForBrowser, .. }
        ));
        assert_eq!(codes_exchanged(&world), 0);
        assert_eq!(world.host.seen(|seen| seen.focused), focused);
        world.assert_nothing_left();
        assert_eq!(http::get(&right).await.unwrap().status, 200);
        attempt.await.unwrap().unwrap();
        assert_eq!(world.account().user_id, world.alice());
        assert_eq!(codes_exchanged(&world), 1);
    }
}

#[tokio::test]
async fn n3_replayed_state_fails_and_calls_nothing() {
    let world = World::signed_in().await;
    world.app.sign_out(&world.alice(), false).await.unwrap();
    let used = Url::parse(&world.host.seen(|seen| seen.landed[0].clone())).unwrap();
    assert!(http::get(&used).await.is_none(), "the listener is closed after an accepted answer");

    world.host.set_user(TestUser::Waits, world.sandbox.browser());
    let attempt = begin(&world).await;
    let mut replayed = redirect_uri(&world);
    replayed.set_query(used.query());
    let reply = http::get(&replayed).await.unwrap();
    assert_eq!(reply.status, 400);
    world.advance(Duration::from_secs(5 * 60));
    assert_eq!(attempt.await.unwrap().unwrap_err().code(), Code::App(AppCode::SignInTimedOut));
    assert_eq!(codes_exchanged(&world), 1, "only the first sign-in exchanged its code");
}

#[tokio::test]
async fn n3_expired_state_fails_and_calls_nothing() {
    let (world, attempt) = waiting().await;
    let landed =
        world.sandbox.authenticate(opened(&world).as_str(), "alice", "Correct-Horse-7").await.unwrap();
    world.advance(Duration::from_secs(5 * 60 + 1));
    assert_eq!(attempt.await.unwrap().unwrap_err().code(), Code::App(AppCode::SignInTimedOut));
    assert_eq!(notice(&world), Some(Code::App(AppCode::SignInTimedOut)));
    assert!(http::get(&Url::parse(&landed).unwrap()).await.is_none());
    assert_eq!(codes_exchanged(&world), 0);
}

/// While a machine sleeps its timers do not advance: only the clock that counts time asleep shows that the sign-in is
/// too old.
struct AfterSleep(TestClock);

impl account_core::Clock for AfterSleep {
    fn now(&self) -> u64 {
        self.0.read()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn n3_answer_after_machine_slept_calls_nothing() {
    let world = world_of(TestUser::Waits).await;
    let dependencies = Dependencies {
        clock: Arc::new(AfterSleep(world.clock.clone())),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::new("0.1.0-test"),
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    let app = App::new(world.config.clone(), dependencies);
    app.start().await;
    let attempt = tokio::spawn(async move { app.sign_in().await });
    world.host.until("the browser opens", |seen| !seen.opened.is_empty()).await;
    let landed =
        world.sandbox.authenticate(opened(&world).as_str(), "alice", "Correct-Horse-7").await.unwrap();
    world.advance(Duration::from_secs(5 * 60 + 1));
    http::get(&Url::parse(&landed).unwrap()).await;
    assert_eq!(attempt.await.unwrap().unwrap_err().code(), Code::App(AppCode::SignInTimedOut));
    assert_eq!(codes_exchanged(&world), 0);
}

#[tokio::test]
async fn n3_callback_that_starts_app_asks_to_start_over() {
    let world = World::new().await;
    world.sandbox.clear_request_log();
    let cold = world.another_app();
    let error = cold.open_link("app.latchkey.dev://callback?code=a-code&state=a-state").unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::SignInStartAgain));
    assert!(world.sandbox.request_log().is_empty());
    cold.start().await;
    assert!(matches!(
        cold.state(),
        AppState::SignedOut { notice: Some(Code::App(AppCode::SignInStartAgain)), .. }
    ));
    assert_eq!(codes_exchanged(&world), 0);

    let warm = world.app.open_link("app.latchkey.dev://callback?code=a-code&state=a-state").unwrap_err();
    assert_eq!(warm.code(), Code::App(AppCode::SignInStartAgain));
    assert_eq!(notice(&world), Some(Code::App(AppCode::SignInStartAgain)));
    assert_eq!(codes_exchanged(&world), 0);
}

#[tokio::test]
async fn n4_foreign_or_missing_iss_fails_and_calls_nothing() {
    for change in [
        (|url: &mut Url| replace(url, "iss", Some("https://other.example.test/oidc"))) as fn(&mut Url),
        |url| replace(url, "iss", None),
        |url| {
            let iss = parameter(url, "iss").unwrap();
            replace(url, "iss", Some(&format!("{iss}/")));
        },
    ] {
        let world = world_of(ALICE_COMES_BACK(change)).await;
        assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::SignInMismatch));
        assert_eq!(codes_exchanged(&world), 0);
    }
}

#[tokio::test]
async fn n6_listener_is_closed_after_every_outcome() {
    let world = World::signed_in().await;
    assert!(is_closed(&redirect_uri(&world)).await, "after success");

    let world = world_of(TestUser::Denies).await;
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::SignInDenied));
    assert_eq!(notice(&world), Some(Code::App(AppCode::SignInDenied)));
    assert!(is_closed(&redirect_uri(&world)).await, "after a refusal");

    let (world, attempt) = waiting().await;
    world.app.sign_in_cancel().await;
    assert_eq!(attempt.await.unwrap().unwrap_err().code(), Code::App(AppCode::SignInCancelled));
    assert_eq!(notice(&world), None, "a sign-in that the user cancelled needs no notice");
    assert!(is_closed(&redirect_uri(&world)).await, "after cancelling");

    let (world, attempt) = waiting().await;
    world.advance(Duration::from_secs(5 * 60 - 1));
    assert!(!is_closed(&redirect_uri(&world)).await);
    world.advance(Duration::from_secs(1));
    attempt.await.unwrap().unwrap_err();
    assert!(is_closed(&redirect_uri(&world)).await, "after five minutes");
}

#[tokio::test]
async fn n6_listens_only_on_127_0_0_1_on_its_own_port() {
    let (world, attempt) = waiting().await;
    let first = redirect_uri(&world);
    assert_eq!((first.scheme(), first.host_str(), first.path()), ("http", Some("127.0.0.1"), "/callback"));
    assert!(first.port().unwrap() >= 1024);
    let elsewhere = format!("127.0.0.2:{}", first.port().unwrap());
    assert!(tokio::net::TcpStream::connect(elsewhere).await.is_err(), "no other address listens");
    world.app.sign_in_cancel().await;
    attempt.await.unwrap().unwrap_err();
    let again = begin(&world).await;
    assert_ne!(redirect_uri(&world).port(), None);
    world.app.sign_in_cancel().await;
    again.await.unwrap().unwrap_err();
}

/// Everything that is not the one answer is refused, and the sign-in continues.
#[tokio::test]
async fn n6_rebound_hosts_other_paths_and_methods_are_refused() {
    let (world, attempt) = waiting().await;
    let address = address(&redirect_uri(&world));
    let port = redirect_uri(&world).port().unwrap();
    let state = parameter(&opened(&world), "state").unwrap();
    let good = format!("/callback?code=stolen&state={state}");
    let host = format!("Host: {address}");
    let cases = [
        (421, format!("GET {good} HTTP/1.1\r\nHost: attacker.example:{port}")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: localhost:{port}")),
        (421, format!("GET {good} HTTP/1.1\r\nHost: 127.0.0.1")),
        (421, format!("GET {good} HTTP/1.1\r\n{host}\r\nHost: attacker.example")),
        (421, format!("GET {good} HTTP/1.0")),
        (405, format!("POST {good} HTTP/1.1\r\n{host}")),
        (405, format!("HEAD {good} HTTP/1.1\r\n{host}")),
        (404, format!("GET /callback/?code=stolen&state={state} HTTP/1.1\r\n{host}")),
        (404, format!("GET /?code=stolen&state={state} HTTP/1.1\r\n{host}")),
        (404, format!("GET /favicon.ico HTTP/1.1\r\n{host}")),
        (404, format!("GET /callback HTTP/1.1\r\n{host}")),
        (400, format!("NONSENSE\r\n{host}")),
        (400, format!("GET /callback?{} HTTP/1.1\r\n{host}", "a".repeat(64 * 1024))),
    ];
    for (status, head) in cases {
        let reply = http::raw(&address, format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        assert_eq!(reply.status, status, "{head}");
        assert_static_page(&reply, &["stolen", &state]);
    }
    assert!(matches!(world.app.state(), AppState::SigningIn { stage: SignInStage::WaitingForBrowser, .. }));
    assert_eq!(codes_exchanged(&world), 0);
    world.app.sign_in_cancel().await;
    attempt.await.unwrap().unwrap_err();
}

fn assert_static_page(reply: &Reply, absent: &[&str]) {
    let header = |name: &str| reply.headers.get(name).map(String::as_str);
    assert!(header("content-security-policy").unwrap().starts_with("default-src 'none';"));
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("content-type"), Some("text/html; charset=utf-8"));
    for value in absent {
        assert!(!reply.body.contains(value), "{value} is in the page");
    }
    assert!(!reply.body.contains("<script"));
}

#[tokio::test]
async fn browser_page_after_sign_in_is_in_browser_language() {
    for (language, words) in
        [("en-GB,en", "You can close this tab"), ("de-AT,de;q=0.9,en;q=0.5", "schließen")]
    {
        let (world, attempt) = waiting().await;
        let landed =
            world.sandbox.authenticate(opened(&world).as_str(), "alice", "Correct-Horse-7").await.unwrap();
        let landed = Url::parse(&landed).unwrap();
        let request = format!(
            "GET {}?{} HTTP/1.1\r\nHost: {}\r\nAccept-Language: {language}\r\n\r\n",
            landed.path(),
            landed.query().unwrap(),
            address(&landed)
        );
        let reply = http::raw(&address(&landed), request.as_bytes()).await.unwrap();
        attempt.await.unwrap().unwrap();
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains(words), "{}", reply.body);
        let secrets = [parameter(&landed, "code").unwrap(), parameter(&landed, "state").unwrap()];
        assert_static_page(&reply, &[&secrets[0], &secrets[1]]);
    }
}

#[tokio::test]
async fn open_sign_in_can_be_reopened_and_its_link_copied() {
    let (world, attempt) = waiting().await;
    assert!(matches!(world.app.sign_in().await, Err(Error::SignInInProgress)));
    world.app.sign_in_reopen().await.unwrap();
    world.app.sign_in_copy_link().await.unwrap();
    let (urls, copied) = world.host.seen(|seen| (seen.opened.clone(), seen.clipboard.clone()));
    assert_eq!(urls, [urls[0].clone(), urls[0].clone()]);
    assert_eq!(copied, [urls[0].to_string()]);
    world.host.seen(|seen| seen.fails_clipboard = true);
    let error = world.app.sign_in_copy_link().await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::ClipboardUnavailable));

    world.host.set_user(ALICE, world.sandbox.browser());
    world.app.sign_in_reopen().await.unwrap();
    attempt.await.unwrap().unwrap();
    assert_eq!(world.account().user_id, world.alice());
    assert_eq!(world.app.sign_in_reopen().await.unwrap_err().code(), Code::App(AppCode::SignInStartAgain));
    assert_eq!(world.app.sign_in_copy_link().await.unwrap_err().code(), Code::App(AppCode::SignInStartAgain));
    world.app.sign_in_cancel().await;
    world.app.sign_in().await.unwrap();
    assert_eq!(codes_exchanged(&world), 1, "signed in is signed in");
}

#[tokio::test]
async fn sign_in_without_browser_or_server_returns_its_error() {
    let world = world_of(TestUser::HasNoBrowser).await;
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::BrowserUnavailable));
    assert_eq!(notice(&world), Some(Code::App(AppCode::BrowserUnavailable)));

    let world = World::new().await;
    world.cut("/oidc/.well-known");
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::Offline));
    world.sandbox.faults().clear();
    world.fault("/oidc/token", logto_sandbox::FaultAction::Status(500, None), Some(1));
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::Server(ServerCode::UpstreamUnavailable));
    world.app.sign_in().await.unwrap();
}

#[tokio::test]
async fn aborted_sign_in_resets_state() {
    let world = world_of(TestUser::Crashes).await;
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::Server(ServerCode::Internal));
    assert_eq!(notice(&world), Some(Code::Server(ServerCode::Internal)));
    world.host.set_user(ALICE, world.sandbox.browser());
    world.app.sign_in().await.unwrap();
}

#[tokio::test]
async fn missing_permission_shows_no_account_until_it_is_restored() {
    let world = world_of(NOROLE).await;
    world.app.sign_in().await.unwrap();
    let id = world.sandbox.user_id("norole");
    let expected =
        Freshness::Stale { at: None, cause: Code::Server(ServerCode::InsufficientScope), detail: None };
    assert_eq!(world.freshness(), expected);
    assert_eq!(
        world.app.account_refresh(&id).await.unwrap_err().code(),
        Code::Server(ServerCode::InsufficientScope)
    );

    let world = World::signed_in().await;
    let scopes = ["account:read", "account:write", "account:security", "account:delete"];
    world.sandbox.set_user_scopes("alice", Vec::new());
    world.advance(Duration::from_secs(600));
    assert_eq!(
        world.app.account_refresh(&world.alice()).await.unwrap_err().code(),
        Code::Server(ServerCode::InsufficientScope)
    );
    world.sandbox.set_user_scopes("alice", scopes.map(str::to_owned).to_vec());
    // Without waiting until the access token expires.
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert!(matches!(world.freshness(), Freshness::Live { .. }));
}
