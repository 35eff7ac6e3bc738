//! Discovery from one URL (decision 1), and N20.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::AppState;
use account_api::error::{AppCode, Code};
use account_core::{App, Dependencies, Http, OperatingSystemRandomness};
use serde_json::{Value, json};

use crate::support::http::{Answer, Scripted};
use crate::support::scripts::{account, metadata, settings_server};
use crate::support::{Setup, TestHost, World};

/// Returns the code of a sign-in at a server with this metadata.
async fn verdict(world: &World, make: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Code {
    let server = Scripted::start(move |base, _| make(base)).await;
    let app = world.app_at(&server.base);
    app.start().await;
    let code = app.sign_in().await.unwrap_err().code();
    assert!(world.host.seen(|seen| seen.opened.is_empty()), "no browser is opened");
    code
}

#[tokio::test]
async fn a_server_that_names_another_resource_is_not_trusted() {
    let world = World::new().await;
    let (issuer, client) = (world.sandbox.issuer(), world.sandbox.native_client_id());
    let victim = world.server.base_url().to_owned();
    // The attack of decision 1: a hostile URL that names the real issuer and the real resource.
    type Edit = fn(&mut Value, &str, &str);
    let cases: [(Code, Edit); 13] = [
        (Code::App(AppCode::ServerNotTrusted), |metadata, _, victim| metadata["resource"] = victim.into()),
        (Code::App(AppCode::ServerNotTrusted), |metadata, base, _| {
            metadata["resource"] = format!("{base}/").into()
        }),
        (Code::App(AppCode::ServerNotTrusted), |metadata, base, _| {
            metadata["resource"] = base.to_uppercase().into()
        }),
        (Code::App(AppCode::ServerNotTrusted), |metadata, base, _| {
            metadata["resource"] = base.replace("127.0.0.1", "localhost").into();
        }),
        (Code::App(AppCode::ServerNotTrusted), |metadata, _, _| {
            metadata["authorization_servers"] = json!([])
        }),
        (Code::App(AppCode::ServerNotTrusted), |metadata, _, _| {
            metadata["authorization_servers"] = json!(["https://a.example", "https://b.example"]);
        }),
        (Code::App(AppCode::IssuerNotTrusted), |metadata, _, _| {
            metadata["authorization_servers"] = json!(["http://logto.example.test/oidc"]);
        }),
        (Code::App(AppCode::IssuerNotTrusted), |metadata, _, _| {
            metadata["authorization_servers"] = json!(["https://logto.example.test/oidc?tenant=a"]);
        }),
        (Code::App(AppCode::IssuerNotTrusted), |metadata, _, _| {
            metadata["authorization_servers"] = json!(["nonsense"])
        }),
        (Code::App(AppCode::ServerNotLatchkey), |metadata, _, _| {
            metadata["latchkey"]["api_version"] = 2.into()
        }),
        (Code::App(AppCode::ServerNotLatchkey), |metadata, _, _| {
            metadata["latchkey"]["client_id"] = "".into()
        }),
        (Code::App(AppCode::ServerNotLatchkey), |metadata, _, _| {
            metadata.as_object_mut().unwrap().remove("latchkey");
        }),
        (Code::App(AppCode::ServerNotLatchkey), |metadata, _, _| *metadata = json!("nonsense")),
    ];
    for (number, (expected, edit)) in cases.into_iter().enumerate() {
        let (issuer, client, victim) = (issuer.clone(), client.clone(), victim.clone());
        let code = verdict(&world, move |base| {
            let mut metadata = metadata(base, &issuer, &client);
            edit(&mut metadata, base, &victim);
            Answer::json(200, &metadata)
        })
        .await;
        assert_eq!(code, expected, "case {number}");
    }
}

#[tokio::test]
async fn well_known_segment_is_between_host_and_path() {
    let world = World::new().await;
    let server = Scripted::start(|_, _| Answer::json(404, &json!({}))).await;
    for (given, asked) in [
        ("", "/.well-known/oauth-protected-resource"),
        ("/", "/.well-known/oauth-protected-resource"),
        ("/api", "/.well-known/oauth-protected-resource/api"),
        ("/api//", "/.well-known/oauth-protected-resource/api"),
        ("/a/./b/../c", "/.well-known/oauth-protected-resource/a/c"),
    ] {
        let app = world.app_at(&format!("{}{given}", server.base));
        app.start().await;
        assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::ServerNotLatchkey));
        assert_eq!(server.asked().last().unwrap().target, asked, "{given}");
    }
}

#[tokio::test]
async fn n20_redirects_are_refused() {
    let world = World::new().await;
    let good = world.server.base_url().to_owned();
    let code = verdict(&world, move |_| Answer::redirect(&good)).await;
    assert_eq!(code, Code::App(AppCode::ServerNotTrusted), "metadata reached by a redirect");

    // The account answer is a redirect: the token does not follow it.
    let elsewhere = Scripted::start(|_, _| Answer::json(200, &json!({}))).await;
    let there = elsewhere.base.clone();
    let server = settings_server(&world, move |_| Answer::redirect(&there)).await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let AppState::SignedIn { account_id, account: None, .. } = app.state() else { panic!() };
    assert_eq!(
        app.account_refresh(&account_id).await.unwrap_err().code(),
        Code::App(AppCode::ServerNotTrusted)
    );
    assert!(elsewhere.asked().is_empty());

    // The issuer's keys are a redirect.
    let issuer = Scripted::start(|base, asked| match asked.target.as_str() {
        "/jwks" => Answer::redirect("https://keys.example.test/jwks"),
        _ => Answer::json(200, &crate::support::scripts::discovery(base, base)),
    })
    .await;
    let named = issuer.base.clone();
    let opened = world.host.seen(|seen| seen.opened.len());
    let settings = Scripted::start(move |base, _| Answer::json(200, &metadata(base, &named, "client"))).await;
    let app = world.app_at(&settings.base);
    app.start().await;
    assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::IssuerNotTrusted));
    assert_eq!(world.host.seen(|seen| seen.opened.len()), opened);
}

#[tokio::test]
async fn n20_http_to_remote_host_is_refused_without_request() {
    let world = World::new().await;
    for url in [
        "http://settings.example.test",
        "http://127.0.0.2:4800",
        "http://127.0.0.1.example.test",
        "http://192.168.0.1/api",
        "http://[::2]:4800",
        "http://localhost.example.test",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "https://person:password@settings.example.test",
        "https://settings.example.test/api?tenant=a",
        "https://settings.example.test/api#part",
        "https://",
        "javascript:alert(1)",
        "https://settings.example.test\\@evil.example",
        "https:/settings.example.test",
        "https:settings.example.test",
        "https:///settings.example.test",
        "https://https://settings.example.test",
        "https://https:/settings.example.test",
        "http:/127.0.0.1:4800/api",
        "settings.example.test:/api",
        "set\u{200b}tings.example.test:port",
        "\u{200b}",
        "",
    ] {
        let app = world.app_at(url);
        app.start().await;
        assert_eq!(app.state(), AppState::NoServer, "{url}");
        assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::NoServer));
    }
    for url in ["http://127.0.0.1:9/api", "http://[::1]:9/api", "http://localhost:9/api"] {
        let app = world.app_at(url);
        app.start().await;
        let AppState::SignedOut { server, .. } = app.state() else { panic!("{url}") };
        assert!(server.insecure, "shown as such");
        assert_eq!(server.url, url);
    }
    let app = world.app_at("settings.example.test/api/");
    let AppState::Starting { .. } = app.state() else { panic!() };
}

#[tokio::test]
async fn pasted_server_address_loses_invisible_characters() {
    let world = World::new().await;
    let url = "http://127.0.0.1:9/api";
    for pasted in [
        format!("{url}\u{200b}"),
        format!("\u{feff}{url}\u{a0}\n"),
        format!("\u{202a}{url}/\u{202c}"),
        format!(" {url}\u{3164}\u{2800}"),
    ] {
        let app = world.app_at(&pasted);
        app.start().await;
        let AppState::SignedOut { server, .. } = app.state() else { panic!("{pasted:?}") };
        assert_eq!(server.url, url, "{pasted:?}");
    }
}

/// An issuer whose document would send the token request over the network in cleartext.
#[tokio::test]
async fn n20_remote_http_endpoint_is_never_called() {
    let world = World::new().await;
    let issuer = Scripted::start(|base, asked| match asked.target.as_str() {
        "/jwks" => Answer::json(200, &json!({"keys": []})),
        _ => {
            let mut document = crate::support::scripts::discovery(base, base);
            document["authorization_endpoint"] = "http://logto.example.test/auth".into();
            Answer::json(200, &document)
        }
    })
    .await;
    let named = issuer.base.clone();
    let settings = Scripted::start(move |base, _| Answer::json(200, &metadata(base, &named, "client"))).await;
    let app = world.app_at(&settings.base);
    app.start().await;
    assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::IssuerNotTrusted));
    assert!(world.host.seen(|seen| seen.opened.is_empty()));
}

#[tokio::test]
async fn n20_bodies_beyond_one_mebibyte_are_refused() {
    let world = World::new().await;
    let code = verdict(&world, |base| {
        let mut metadata = metadata(base, "https://logto.example.test/oidc", "client");
        metadata["padding"] = "x".repeat(1024 * 1024).into();
        Answer::json(200, &metadata)
    })
    .await;
    assert_eq!(code, Code::App(AppCode::ServerNotLatchkey));
}

#[tokio::test]
async fn other_resource_is_accepted_only_when_pinned() {
    const PINNED: &str = "https://pinned.example.test/api";
    let world = World::with(Setup { pinned_resource: Some(PINNED.to_owned()), ..Setup::default() }).await;
    let (issuer, client, alice) = (world.sandbox.issuer(), world.sandbox.native_client_id(), world.alice());
    let server = Scripted::start(move |_, asked| match asked.target.as_str() {
        "/.well-known/oauth-protected-resource" => Answer::json(200, &metadata(PINNED, &issuer, &client)),
        _ => Answer::json(200, &account(&alice, "Alice")),
    })
    .await;
    // The usual server names its own URL: not the pinned one.
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::ServerNotTrusted));

    world.sandbox.set_resource(PINNED);
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let AppState::SignedIn { server: shown, .. } = app.state() else { panic!() };
    assert_eq!(shown.pinned_resource.as_deref(), Some(PINNED), "the window shows it");
    let url = world.host.seen(|seen| seen.opened.last().cloned()).unwrap();
    assert_eq!(crate::support::host::parameter(&url, "resource").as_deref(), Some(PINNED));
}

#[tokio::test]
async fn n20_missing_answer_times_out() {
    let world = World::new().await;
    world.fault("/oidc/.well-known", logto_sandbox::FaultAction::Hang, None);
    let dependencies = Dependencies {
        clock: Arc::new(world.clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::with_timeout("0.1.0-test", Duration::from_millis(200)),
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    let app = App::new(world.config.clone(), dependencies);
    app.start().await;
    let answer = tokio::time::timeout(Duration::from_secs(20), app.sign_in()).await;
    assert_eq!(answer.map(|answer| answer.unwrap_err().code()), Ok(Code::App(AppCode::Offline)));
}
