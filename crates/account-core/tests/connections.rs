//! Why a connection failed (N20): each reason has its own code, and the details that are known.

use std::sync::Arc;

use account_api::app::AppState;
use account_api::error::{AppCode, Code, CommandError, Detail};
use account_core::{App, Config, Dependencies, Http, OperatingSystemRandomness};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::http::{Answer, Scripted};
use crate::support::scripts::{account, metadata};
use crate::support::tls::{AUTHORITY, Flaw, INTERMEDIATE, Proxying, Tls, proxy};
use crate::support::{TestHost, World};

const NAME: &str = "settings.example.test";

fn app(world: &World, server: &str, http: Http) -> Arc<App> {
    let dependencies = Dependencies {
        clock: Arc::new(world.clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http,
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    let config = Config { environment_server: Some(server.to_owned()), ..world.config.clone() };
    App::new(config, dependencies)
}

/// Returns how a sign-in at this server fails.
async fn failure(world: &World, server: &str, http: Http) -> CommandError {
    let app = app(world, server, http);
    app.start().await;
    let error = app.sign_in().await.unwrap_err();
    let shown = match app.state() {
        AppState::SignedOut { notice, .. } => notice,
        other => panic!("not signed out: {other:?}"),
    };
    assert_eq!(shown, Some(error.code()));
    error.into()
}

#[tokio::test]
async fn n20_refused_certificate_names_reason_and_issuer() {
    let world = World::new().await;
    let cases = [
        (Flaw::Untrusted, Code::App(AppCode::CertificateUntrusted), AUTHORITY),
        (Flaw::MissingIntermediate, Code::App(AppCode::CertificateUntrusted), INTERMEDIATE),
        (Flaw::SelfSigned, Code::App(AppCode::CertificateUntrusted), "localhost"),
        (Flaw::Expired, Code::App(AppCode::CertificateExpired), AUTHORITY),
        (Flaw::NotYetValid, Code::App(AppCode::CertificateNotYetValid), AUTHORITY),
        (Flaw::WrongName, Code::App(AppCode::CertificateWrongName), AUTHORITY),
    ];
    for (flaw, code, issuer) in cases {
        let tls = Tls::start("localhost", flaw, None).await;
        let http = Http::new("0.1.0-test").trusting([tls.authority.clone()]);
        let error = failure(&world, &format!("https://localhost:{}", tls.address.port()), http).await;
        assert_eq!(error.code, code, "{flaw:?}");
        let detail = Detail::Certificate { host: "localhost".to_owned(), issuer: Some(issuer.to_owned()) };
        assert_eq!(json!(error.detail), json!(Some(detail)), "{flaw:?}");
    }
}

#[tokio::test]
async fn n20_https_port_that_speaks_something_else_is_not_offline() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let authority = Tls::start("localhost", Flaw::None, None).await.authority.clone();
    let http = Http::new("0.1.0-test").trusting([authority]);
    let error = failure(&world, &format!("https://localhost:{port}"), http).await;
    assert_eq!(error.code, Code::App(AppCode::TlsFailed));
}

#[tokio::test]
async fn n20_closed_port_is_offline() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let authority = Tls::start("localhost", Flaw::None, None).await.authority.clone();
    let http = Http::new("0.1.0-test").trusting([authority]);
    assert_eq!(
        failure(&world, &format!("https://localhost:{port}"), http).await.code,
        Code::App(AppCode::Offline)
    );
}

#[tokio::test]
async fn n20_proxy_that_does_not_connect_is_named() {
    let world = World::new().await;
    let tls = Tls::start(NAME, Flaw::None, None).await;
    let cases = [
        (Proxying::Connect(407), "http", Code::App(AppCode::ProxyAuthenticationRequired)),
        (Proxying::Connect(403), "http", Code::App(AppCode::ProxyRefused)),
        (Proxying::Connect(502), "http", Code::App(AppCode::ProxyRefused)),
        (Proxying::SocksPassword, "socks5h", Code::App(AppCode::ProxyRefused)),
        (Proxying::Socks(2), "socks5h", Code::App(AppCode::ProxyRefused)),
    ];
    for (proxying, scheme, code) in cases {
        let address = proxy(proxying, tls.address).await;
        let http = Http::new("0.1.0-test").trusting([tls.authority.clone()]);
        let http = http.through(&format!("{scheme}://{address}")).unwrap();
        assert_eq!(failure(&world, &format!("https://{NAME}"), http).await.code, code, "{proxying:?}");
    }
    let nothing = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for scheme in ["http", "socks5h"] {
        let http = Http::new("0.1.0-test").trusting([tls.authority.clone()]);
        let http = http.through(&format!("{scheme}://{nothing}")).unwrap();
        let error = failure(&world, &format!("https://{NAME}"), http).await;
        assert_eq!(error.code, Code::App(AppCode::ProxyUnreachable), "{scheme}");
    }
}

#[tokio::test]
async fn n20_sign_in_goes_through_each_kind_of_proxy() {
    let world = World::new().await;
    let (issuer, client) = (world.sandbox.issuer(), world.sandbox.native_client_id());
    let alice = world.alice();
    let resource = format!("https://{NAME}");
    let named = resource.clone();
    let server = Scripted::start(move |_, asked| match asked.target.as_str() {
        "/.well-known/oauth-protected-resource" => Answer::json(200, &metadata(&named, &issuer, &client)),
        _ => Answer::json(200, &account(&alice, "Alice")),
    })
    .await;
    world.sandbox.set_resource(&resource);
    let upstream = server.base.trim_start_matches("http://").to_owned();
    let tls = Tls::start(NAME, Flaw::None, Some(upstream)).await;
    for (proxying, scheme) in [(Proxying::Connect(200), "http"), (Proxying::Socks(0), "socks5h")] {
        let address = proxy(proxying, tls.address).await;
        let http = Http::new("0.1.0-test").trusting([tls.authority.clone()]);
        let app = app(&world, &resource, http.through(&format!("{scheme}://{address}")).unwrap());
        app.start().await;
        app.sign_in().await.unwrap();
        app.account_refresh(&world.alice()).await.unwrap();
        app.sign_out(&world.alice(), false).await.unwrap();
    }
}
