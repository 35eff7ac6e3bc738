//! N6: what else connects to the loopback listener, and from which user of the machine.

use std::time::Duration;

use account_api::app::{AppState, SignInStage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::sign_in::{address, codes_exchanged, opened, redirect_uri, waiting};
use crate::support::World;
use crate::support::http;

/// Less than the listener waits for a request: an answer within this time did not wait for an idle connection to end.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Signs Alice in in her browser, which has not returned yet.
async fn landed(world: &World) -> Url {
    let landed = world.sandbox.authenticate(opened(world).as_str(), "alice", "Correct-Horse-7").await;
    Url::parse(&landed.unwrap()).unwrap()
}

fn goes_on(world: &World) -> bool {
    matches!(world.app.state(), AppState::SigningIn { stage: SignInStage::WaitingForBrowser, .. })
}

/// Opens a connection that sends these bytes only.
async fn idle(address: &str, says: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(says).await.unwrap();
    stream
}

#[tokio::test]
async fn n6_idle_connections_do_not_block_the_answer() {
    for says in [&b""[..], b"GET /callback?code="] {
        let (world, attempt) = waiting().await;
        let answer = landed(&world).await;
        let address = address(&redirect_uri(&world));
        let mut idle_ones = Vec::new();
        for _ in 0..200 {
            idle_ones.push(idle(&address, says).await);
        }
        let reply = tokio::time::timeout(AT_ONCE, http::get(&answer)).await.unwrap();
        assert_eq!(reply.map(|reply| reply.status), Some(200), "{says:?}");
        attempt.await.unwrap().unwrap();
        assert_eq!(world.account().user_id, world.alice());
    }
}

/// Sends a request as a browser does, with further header fields, and returns the answer.
async fn browse(url: &Url, fields: &str) -> String {
    let address = address(url);
    let path = &url[url::Position::BeforePath..];
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{fields}\r\n");
    let mut stream = idle(&address, head.as_bytes()).await;
    let mut reply = String::new();
    tokio::time::timeout(AT_ONCE, stream.read_to_string(&mut reply)).await.unwrap().unwrap();
    reply
}

/// Another program on 127.0.0.1 sets cookies, which the browser sends to every port.
#[tokio::test]
async fn n6_cookies_of_other_programs_do_not_block_the_answer() {
    let cookie = |number: usize| format!("other{number}={}", "c".repeat(400));
    let one_field = (0..24).map(cookie).collect::<Vec<_>>().join("; ");
    let fields = (0..150).map(|number| format!("Cookie: {}\r\n", cookie(number))).collect::<String>();
    for fields in [format!("Cookie: {one_field}\r\n"), fields] {
        let (world, attempt) = waiting().await;
        let reply = browse(&landed(&world).await, &fields).await;
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        attempt.await.unwrap().unwrap();
        assert_eq!(world.account().user_id, world.alice());
    }
}

#[tokio::test]
async fn n6_head_above_64_kib_is_refused_and_sign_in_continues() {
    let (world, attempt) = waiting().await;
    let answer = landed(&world).await;
    let reply = browse(&answer, &format!("Cookie: {}\r\n", "c".repeat(64 * 1024))).await;
    assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    assert!(goes_on(&world));
    assert!(browse(&answer, "").await.starts_with("HTTP/1.1 200 "));
    attempt.await.unwrap().unwrap();
}

/// What a browser still sends is read for a second, so that the page is not lost: closing with unread input resets
/// the connection.
#[tokio::test]
async fn n6_page_arrives_complete_while_browser_still_sends() {
    let (world, attempt) = waiting().await;
    let answer = landed(&world).await;
    let address = address(&answer);
    let more = vec![b'c'; 4 * 1024 * 1024];
    let path = &answer[url::Position::BeforePath..];
    let requests = [
        (format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: "), "400"),
        (format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"), "405"),
        (format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"), "200"),
    ];
    for (head, status) in requests {
        let (mut from, mut to) = idle(&address, head.as_bytes()).await.into_split();
        let mut page = String::new();
        let both = async { tokio::join!(to.write_all(&more), from.read_to_string(&mut page)) };
        let (sent, received) = tokio::time::timeout(AT_ONCE, both).await.unwrap();
        sent.unwrap_or_else(|error| panic!("{status}: {error}"));
        received.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert!(page.starts_with(&format!("HTTP/1.1 {status} ")) && page.ends_with("</html>"), "{page}");
    }
    attempt.await.unwrap().unwrap();
}

/// A client that keeps sending after the page is cut off.
#[tokio::test]
async fn n6_browser_that_never_stops_sending_is_cut_off() {
    let (world, attempt) = waiting().await;
    let address = address(&redirect_uri(&world));
    let mut stream = idle(&address, b"GET / HTTP/1.1\r\nHost: other\r\n\r\n").await;
    let cut_off = async { while stream.write_all(b"more").await.is_ok() {} };
    tokio::time::timeout(AT_ONCE, cut_off).await.unwrap();
    world.app.sign_in_cancel().await;
    attempt.await.unwrap().unwrap_err();
}

/// Firefox tries HTTPS first and falls back when the connection is closed.
#[tokio::test]
async fn n6_tls_is_closed_at_its_first_byte() {
    let (world, attempt) = waiting().await;
    let address = address(&redirect_uri(&world));
    for says in [&b"\x16"[..], b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut stream = idle(&address, says).await;
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(AT_ONCE, stream.read_to_end(&mut rest)).await.unwrap();
        assert!(ended.is_err() || rest.is_empty(), "closed without an answer");
    }
    assert!(browse(&landed(&world).await, "").await.starts_with("HTTP/1.1 200 "));
    attempt.await.unwrap().unwrap();
}

/// What browsers request in addition to the answer has no effect.
#[tokio::test]
async fn n6_preflight_and_favicon_change_nothing() {
    let (world, attempt) = waiting().await;
    let answer = landed(&world).await;
    let address = address(&answer);
    let preflight = format!(
        "OPTIONS /callback HTTP/1.1\r\nHost: {address}\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
    );
    let favicon = format!("GET /favicon.ico HTTP/1.1\r\nHost: {address}\r\n\r\n");
    for (request, status) in [(preflight, "405"), (favicon, "404")] {
        let mut stream = idle(&address, request.as_bytes()).await;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{reply}");
        assert!(!reply.to_ascii_lowercase().contains("access-control-allow"), "{reply}");
    }
    assert!(goes_on(&world));
    assert!(browse(&answer, "").await.starts_with("HTTP/1.1 200 "));
    attempt.await.unwrap().unwrap();
}

#[tokio::test]
async fn n6_oldest_idle_connection_is_closed_for_a_new_one() {
    let (world, attempt) = waiting().await;
    let address = address(&redirect_uri(&world));
    let mut oldest = idle(&address, b"GET / HT").await;
    let mut later = Vec::new();
    for _ in 0..64 {
        later.push(idle(&address, b"").await);
    }
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(AT_ONCE, oldest.read_to_end(&mut rest)).await.unwrap();
    assert!(ended.is_err() || rest.is_empty(), "closed without an answer");
    // The others may still send a request.
    let newest = later.last_mut().unwrap();
    newest.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    newest.read_to_end(&mut rest).await.unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 404 "));
    world.app.sign_in_cancel().await;
    attempt.await.unwrap().unwrap_err();
}

/// Sends a request as another user of this machine, and returns the answer. `None` where tests do not run as root.
#[cfg(target_os = "linux")]
async fn deliver_as_another_user(url: &Url) -> Option<String> {
    use std::io::Write;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    let script = format!(
        "exec 3<>/dev/tcp/{}/{}; printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' '{}?{}' '{}' >&3; cat <&3",
        url.host_str()?,
        url.port()?,
        url.path(),
        url.query()?,
        address(url),
    );
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir("/").uid(65_534).gid(65_534);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    match output {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            // Not `println!`: this must be visible although the test passes.
            let _ = writeln!(std::io::stderr(), "not run as another user: {error}");
            None
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn n6_answer_of_another_os_user_is_refused_ours_accepted() {
    let (world, attempt) = waiting().await;
    let answer = landed(&world).await;
    let mut denied = answer.clone();
    crate::support::host::replace(&mut denied, "code", None);
    denied.query_pairs_mut().append_pair("error", "access_denied");
    for foreign in [&answer, &denied] {
        if let Some(reply) = deliver_as_another_user(foreign).await {
            assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
            assert!(goes_on(&world) && codes_exchanged(&world) == 0);
        }
    }
    assert_eq!(http::get(&answer).await.unwrap().status, 200);
    attempt.await.unwrap().unwrap();
    assert_eq!(world.account().user_id, world.alice());
}

/// A sender that is gone before it is looked up could be any user.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn n6_answer_whose_sender_is_gone_is_refused() {
    let (world, attempt) = waiting().await;
    let answer = landed(&world).await;
    let host = address(&answer);
    let head = format!("GET {}?{} HTTP/1.1\r\nHost: {host}\r\n\r\n", answer.path(), answer.query().unwrap());
    for number in 0..20 {
        let gone = idle(&host, head.as_bytes()).await;
        // Cut off, or closed.
        if number % 2 == 0 {
            gone.set_zero_linger().unwrap();
        }
        drop(gone);
    }
    // The listener has dealt with all of them once it answers the next.
    assert_eq!(http::get(&redirect_uri(&world)).await.unwrap().status, 404);
    assert!(goes_on(&world) && codes_exchanged(&world) == 0);
    assert_eq!(http::get(&answer).await.unwrap().status, 200);
    attempt.await.unwrap().unwrap();
}
