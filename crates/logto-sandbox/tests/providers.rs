//! The providers: their certificate, their pages, and the codes that link an account.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logto_sandbox::{BrowserError, ProviderAccount, Sandbox};
use serde_json::{Value, json};

use crate::support::*;

const CALLBACK: &str = "https://settings.example.test/callback";

/// Continues on a page as its form says, over HTTP, and returns the answer to it.
async fn press(sandbox: &Sandbox, uri: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let http = provider_client(sandbox);
    let page = http.get(uri).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let between = |start: &str| page.split_once(start).unwrap().1.split_once('"').unwrap().0.to_owned();
    let action = format!("{}{}", sandbox.providers().url(), between("action=\""));
    let request = between("name=\"request\" value=\"").replace("&amp;", "&");
    let mut form = vec![("request", request.as_str())];
    form.extend_from_slice(fields);
    http.post(action).form(&form).send().await.unwrap()
}

fn location(answer: &reqwest::Response) -> String {
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn certificate_is_trusted_by_its_authority_and_pinned() {
    let sandbox = social_sandbox().await;
    let url = format!("{}/logos/corp-id.svg", sandbox.providers().url());
    assert!(client().get(&url).send().await.is_err(), "no system trusts the sandbox's authority");
    for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
        let answer = provider_client(&sandbox).get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
        let certificate = info.peer_certificate().unwrap();
        // The key of a P-256 certificate: 91 bytes that begin with the name of its algorithm.
        let start = [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        let at = certificate.windows(start.len()).position(|window| window == start).unwrap();
        let pin = STANDARD.encode(digest(&SHA256, &certificate[at..at + 91]).as_ref());
        assert_eq!(pin, sandbox.providers().spki_sha256());
    }
}

#[tokio::test]
async fn a_page_has_labels_and_no_script() {
    let sandbox = social_sandbox().await;
    let uri = authorization_uri(&sandbox, GITHUB, CALLBACK).await;
    let page = provider_client(&sandbox).get(uri).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("<html lang=\"en\">") && page.contains("<h1>Sign in to GitHub</h1>"));
    for field in ["account", "email", "name", "verified"] {
        assert!(page.contains(&format!("<label for=\"{field}\">")), "{field}");
        assert!(page.contains(&format!("id=\"{field}\" name=\"{field}\"")), "{field}");
    }
    assert!(page.contains("value=\"alice@github.example.test\""));
    assert!(page.contains(">Continue</button>") && page.contains(">Cancel</button>"));
    assert!(!page.contains("<script") && !page.contains("onload") && !page.contains("javascript:"));
    assert!(page.contains("settings.example.test") && !page.contains("logto-core"));
}

#[tokio::test]
async fn an_account_is_linked_with_a_code_of_each_provider() {
    let sandbox = social_sandbox().await;
    for (connector, target, raw_id) in [
        (MOCK_SOCIAL, "mock-social", "/rawData/redirectUri"),
        (GITHUB, "github", "/rawData/userInfo/id"),
        (GOOGLE, "google", "/rawData/sub"),
    ] {
        let uri = authorization_uri(&sandbox, connector, CALLBACK).await;
        assert!(uri.starts_with(&format!("{}/{target}/authorize?", sandbox.providers().url())), "{uri}");
        let fields = [
            ("account", "4711"),
            ("email", "carol@example.test"),
            ("name", "Carol <Example>"),
            ("verified", "yes"),
            ("decision", "continue"),
        ];
        let callback = location(&press(&sandbox, &uri, &fields).await);
        assert!(callback.starts_with(&format!("{CALLBACK}?")), "{callback}");
        assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
        let code = parameter(&callback, "code").unwrap();
        let data = json!({"code": code, "redirectUri": CALLBACK});
        let (status, body) = link(&sandbox, "alice", connector, &data).await;
        assert_eq!(status, 200, "{body}");
        let identity = &body[target];
        assert_eq!(identity["userId"], "4711");
        assert_eq!(identity["details"]["email"], "carol@example.test");
        assert_eq!(identity["details"]["name"], "Carol <Example>");
        assert!(identity["details"].pointer(raw_id).is_some(), "{identity}");
        assert_ne!(link(&sandbox, "alice", connector, &data).await.0, 200, "a code is used once");
    }
}

/// The refusal of a code by each connector.
const REFUSALS: [(&str, &str); 3] = [
    (MOCK_SOCIAL, "connector.invalid_response"),
    (GITHUB, "connector.invalid_response"),
    (GOOGLE, "connector.general"),
];

async fn code(sandbox: &Sandbox, connector: &str) -> String {
    let uri = authorization_uri(sandbox, connector, CALLBACK).await;
    let back = sandbox.providers().continue_as(&uri, &ProviderAccount::default()).await.unwrap();
    parameter(&back.url, "code").unwrap()
}

#[tokio::test]
async fn a_code_is_bound_to_its_provider_and_lasts_ten_minutes() {
    let sandbox = social_sandbox().await;
    for (connector, error) in REFUSALS {
        let other = if connector == GITHUB { GOOGLE } else { GITHUB };
        let late = code(&sandbox, connector).await;
        sandbox.clock().advance(std::time::Duration::from_secs(600));
        let foreign = code(&sandbox, other).await;
        for (what, code) in [("unknown", "c"), ("foreign", foreign.as_str()), ("late", late.as_str())] {
            let data = json!({"code": code, "redirectUri": CALLBACK});
            let (status, body) = link(&sandbox, "alice", connector, &data).await;
            assert_eq!((status, &body["code"]), (400, &json!(error)), "{what} code at {connector}");
        }
    }
}

#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri_except_githubs() {
    let sandbox = social_sandbox().await;
    for (connector, error) in REFUSALS {
        let code = code(&sandbox, connector).await;
        let other = json!({"code": code, "redirectUri": format!("{CALLBACK}/")});
        let (status, body) = link(&sandbox, "alice", connector, &other).await;
        if connector == GITHUB {
            assert_eq!(status, 200, "GitHub's connector sends no redirect URI");
            continue;
        }
        assert_eq!((status, &body["code"]), (400, &json!(error)), "{connector}");
        assert_eq!(link(&sandbox, "alice", connector, &json!({"code": code})).await.0, 400);
        let right = json!({"code": code, "redirectUri": CALLBACK});
        assert_eq!(link(&sandbox, "alice", connector, &right).await.0, 200, "{connector}");
    }
}

#[tokio::test]
async fn googles_code_is_decoded_once_more_and_credential_first() {
    let sandbox = social_sandbox().await;
    let code = code(&sandbox, GOOGLE).await;
    assert!(code.starts_with("4/0A"), "{code}");
    let data = |code: &str| json!({"code": code, "redirectUri": CALLBACK});
    assert_eq!(link(&sandbox, "alice", GOOGLE, &data(&format!("{code}%"))).await.0, 500);
    let with_credential = json!({"code": code, "redirectUri": CALLBACK, "credential": "e30.e30.e30"});
    assert_eq!(link(&sandbox, "alice", GOOGLE, &with_credential).await.0, 500);
    assert_eq!(link(&sandbox, "alice", GOOGLE, &data(&code.replace('/', "%2F"))).await.0, 200);
}

#[tokio::test]
async fn the_account_of_another_user_is_not_linked() {
    let sandbox = social_sandbox().await;
    for (user, status) in [("alice", 200), ("alice", 200), ("bob", 422)] {
        let data = json!({"code": code(&sandbox, GITHUB).await, "redirectUri": CALLBACK});
        let (answered, body) = link(&sandbox, user, GITHUB, &data).await;
        assert_eq!(answered, status, "{body}");
    }
    assert_eq!(sandbox.user_json("bob")["identities"], json!({}));
}

#[tokio::test]
async fn an_unverified_address_is_kept_by_mock_social_alone() {
    let sandbox = social_sandbox().await;
    let account = ProviderAccount {
        id: "17".into(),
        email: "x@example.test".into(),
        email_unverified: true,
        ..ProviderAccount::default()
    };
    for (connector, target, email) in [
        (MOCK_SOCIAL, "mock-social", json!("x@example.test")),
        (GITHUB, "github", Value::Null),
        (GOOGLE, "google", Value::Null),
    ] {
        let uri = authorization_uri(&sandbox, connector, CALLBACK).await;
        let back = sandbox.providers().continue_as(&uri, &account).await.unwrap();
        let data = json!({"code": parameter(&back.url, "code"), "redirectUri": CALLBACK});
        let (_, body) = link(&sandbox, "alice", connector, &data).await;
        assert_eq!(body[target]["details"]["email"], email, "{body}");
        assert_eq!(body[target]["details"].get("name"), None);
    }
}

#[tokio::test]
async fn cancelling_returns_access_denied_and_the_state() {
    let sandbox = social_sandbox().await;
    for (connector, with_uri) in [(MOCK_SOCIAL, false), (GITHUB, true), (GOOGLE, false)] {
        let uri = authorization_uri(&sandbox, connector, &format!("{CALLBACK}?a=b")).await;
        let callback = location(&press(&sandbox, &uri, &[("decision", "cancel")]).await);
        assert!(callback.starts_with(&format!("{CALLBACK}?a=b&")), "{callback}");
        assert_eq!(parameter(&callback, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
        assert_eq!(parameter(&callback, "error_uri").is_some(), with_uri);
        assert_eq!(parameter(&callback, "code"), None);
    }
}

#[tokio::test]
async fn only_mock_social_sends_users_to_private_schemes() {
    let sandbox = social_sandbox().await;
    let private = "app.latchkey.dev://linked";
    let uri = authorization_uri(&sandbox, MOCK_SOCIAL, private).await;
    let answer = press(&sandbox, &uri, &[("account", "1"), ("decision", "continue")]).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("<meta http-equiv=\"refresh\" content=\"0;url=app.latchkey.dev://linked?code="),
        "{page}"
    );
    assert!(
        page.contains("<a href=\"app.latchkey.dev://linked?code=") && page.contains("&amp;state=state-1\"")
    );
    let back = sandbox.providers().cancel(&uri).await.unwrap();
    assert!(back.url.starts_with("app.latchkey.dev://linked?error=access_denied&"), "{}", back.url);
    for connector in [GITHUB, GOOGLE] {
        for refused in [private, "http://settings.example.test/callback", "http://127.0.0.2/callback"] {
            let uri = authorization_uri(&sandbox, connector, refused).await;
            let answer = provider_client(&sandbox).get(&uri).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{connector} {refused}");
            assert!(answer.text().await.unwrap().contains("role=\"alert\">The redirect_uri must be https"));
        }
        for taken in ["http://127.0.0.1:5/callback", "http://[::1]:5/callback", "http://localhost/callback"] {
            let uri = authorization_uri(&sandbox, connector, taken).await;
            assert!(sandbox.providers().cancel(&uri).await.unwrap().url.starts_with(taken), "{taken}");
        }
    }
}

#[tokio::test]
async fn requests_that_cannot_be_trusted_end_on_a_page() {
    let sandbox = social_sandbox().await;
    let good = authorization_uri(&sandbox, GITHUB, CALLBACK).await;
    let refused = |status| Err(BrowserError::Refused { status, code: None });
    for (what, uri) in [
        ("another client", good.replace("gh-client", "other")),
        ("a doubled state", format!("{good}&state=other")),
        ("a fragment", good.replace("callback", "callback%23x")),
        ("no URL", good.replace("https%3A%2F%2Fsettings.example.test", "settings")),
        ("no redirect URI", good.replace("redirect_uri", "redirect")),
    ] {
        assert_eq!(sandbox.providers().cancel(&uri).await, refused(400), "{what}");
    }
    let answer = press(&sandbox, &good, &[("account", " "), ("decision", "continue")]).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("role=\"alert\" id=\"problem\">Enter an account id."));
    let unknown = good.replace("/github/", "/gitlab/");
    assert_eq!(sandbox.providers().cancel(&unknown).await, refused(404));
    sandbox.remove_connectors("Social");
    assert_eq!(sandbox.providers().cancel(&good).await, refused(404));
    assert_eq!(
        sandbox.providers().cancel("https://other.example.test/").await,
        Err(BrowserError::ForeignUrl)
    );
}
