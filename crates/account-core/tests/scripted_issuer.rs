//! N8 and N20 at a scripted identity provider: what the app sends it, and where it lets the browser go.

use std::sync::Arc;
use std::time::Duration;

use account_api::error::{Code, ServerCode};
use account_core::App;
use serde_json::{Value, json};

use crate::support::clock::START;
use crate::support::host::replace;
use crate::support::scripts::{self, Issuer};
use crate::support::{Setup, TestUser, World};

const CLIENT: &str = "a-native-client";
const PERSON: &str = "user-of-the-script";

/// Signs a user in at an identity provider with this discovery document.
async fn signed_in(document: fn(&str) -> Value) -> (Arc<World>, Issuer, Arc<App>) {
    let user = TestUser::ComesBackAtOnce { change: |url| replace(url, "iss", None) };
    let world = Arc::new(World::with(Setup { user, ..Setup::default() }).await);
    let keys = scripts::keys_of(&world.sandbox).await;
    let signer = Arc::clone(&world);
    let make = Box::new(move |issuer: &str, nonce: &str| {
        let now = START / 1000;
        let claims = json!({
            "iss": issuer, "aud": CLIENT, "sub": PERSON, "nonce": nonce, "iat": now, "exp": now + 3600
        });
        Some(signer.sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
    });
    let issuer = Issuer::with_document(&world.host, CLIENT, document, move || keys.clone(), make).await;
    let app = world.app_at(&issuer.settings.base);
    app.start().await;
    app.sign_in().await.unwrap();
    (world, issuer, app)
}

#[tokio::test]
async fn n8_token_requests_are_sent_without_client_secret() {
    let (world, issuer, app) = signed_in(|base| scripts::discovery(base, base)).await;
    world.advance(Duration::from_secs(600));
    app.account_refresh(PERSON).await.unwrap();
    app.sign_out(PERSON, false).await.unwrap();
    let forms: Vec<_> = issuer.server.asked().into_iter().filter(|asked| asked.method == "POST").collect();
    let targets: Vec<&str> = forms.iter().map(|asked| asked.target.as_str()).collect();
    assert_eq!(targets, ["/token", "/token", "/revoke"]);
    for asked in forms {
        assert_eq!(asked.header("authorization"), None, "{}", asked.target);
        let members: Vec<String> =
            url::form_urlencoded::parse(asked.body.as_bytes()).map(|(name, _)| name.into_owned()).collect();
        assert!(members.iter().any(|name| name == "client_id"), "{members:?}");
        assert!(
            !members.iter().any(|name| name.starts_with("client_") && name != "client_id"),
            "{members:?}"
        );
    }
}

#[tokio::test]
async fn n20_browser_never_opens_remote_http_end_session_endpoint() {
    let (world, _issuer, app) = signed_in(|base| {
        let mut document = scripts::discovery(base, base);
        document["end_session_endpoint"] = "http://logto.example.test/session/end".into();
        document
    })
    .await;
    let opened = world.host.seen(|seen| seen.opened.len());
    assert_eq!(
        app.sign_out(PERSON, true).await.unwrap_err().code(),
        Code::Server(ServerCode::UpstreamFailed)
    );
    assert_eq!(world.host.seen(|seen| seen.opened.len()), opened, "no browser goes there");
}
