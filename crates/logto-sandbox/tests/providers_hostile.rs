//! What a test orders of the providers: refusals, errors, delays, hostile answers, faults; and what they disclose.

use std::time::Duration;

use logto_sandbox::{
    BrowserError, Fault, FaultAction, Options, ProviderAccount, ProviderAnswer, ProviderOrder, Sandbox,
    StartError, TokenAnswer,
};
use serde_json::{Value, json};

use crate::support::*;

const CALLBACK: &str = "https://settings.example.test/callback";

fn order(provider: &str, answer: ProviderAnswer) -> ProviderOrder {
    ProviderOrder { provider: provider.to_owned(), answer, times: Some(1) }
}

/// Continues as the suggested account, and returns the fields of the answer.
async fn answer(sandbox: &Sandbox, connector: &str) -> Vec<(String, String)> {
    let uri = authorization_uri(sandbox, connector, CALLBACK).await;
    let back = sandbox.providers().continue_as(&uri, &ProviderAccount::default()).await.unwrap();
    url::Url::parse(&back.url).unwrap().query_pairs().into_owned().collect()
}

fn values<'a>(fields: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn refusals_and_errors_come_as_ordered() {
    let sandbox = social_sandbox().await;
    sandbox.providers().push(order("github", ProviderAnswer::Refuse));
    sandbox.providers().push(order("github", ProviderAnswer::Error("server_error".into())));
    for expected in ["access_denied", "server_error"] {
        let fields = answer(&sandbox, GITHUB).await;
        assert_eq!(values(&fields, "error"), [expected]);
        assert_eq!(values(&fields, "state"), ["state-1"]);
        assert_eq!(values(&fields, "code").len(), 0);
    }
    assert_eq!(values(&answer(&sandbox, GITHUB).await, "code").len(), 1, "each order is used once");
}

#[tokio::test]
async fn hostile_answers_come_as_ordered() {
    let sandbox = social_sandbox().await;
    let bent = async |ordered: ProviderAnswer| {
        sandbox.providers().push(order("mock-social", ordered));
        answer(&sandbox, MOCK_SOCIAL).await
    };
    let fields = bent(ProviderAnswer::DoubledCode).await;
    assert_eq!((values(&fields, "code").len(), values(&fields, "state").len()), (2, 1));
    let fields = bent(ProviderAnswer::DoubledState).await;
    assert_eq!((values(&fields, "code").len(), values(&fields, "state").len()), (1, 2));
    assert_eq!(values(&fields, "state")[0], "state-1");
    assert_ne!(values(&fields, "state")[1], "state-1");
    let fields = bent(ProviderAnswer::OtherState).await;
    assert_eq!(values(&fields, "state").len(), 1);
    assert_ne!(values(&fields, "state"), ["state-1"]);
    assert!(values(&bent(ProviderAnswer::NoState).await, "state").is_empty());
    assert!(values(&bent(ProviderAnswer::NoCode).await, "code").is_empty());
    let fields = bent(ProviderAnswer::ExtraParameters).await;
    for extra in ["iss", "session_state", "redirectUri", "userId", "email", "credential", "connectorId"] {
        assert_eq!(values(&fields, extra).len(), 1, "{extra}");
    }
    let fields = bent(ProviderAnswer::LargeCode).await;
    let code = values(&fields, "code")[0];
    assert_eq!(code.len(), 10 * 1024);
    let data = json!({"code": code, "redirectUri": CALLBACK});
    assert_eq!(link(&sandbox, "alice", MOCK_SOCIAL, &data).await.0, 200, "it is a good one");
}

#[tokio::test]
async fn an_answer_is_delayed_as_ordered() {
    let sandbox = social_sandbox().await;
    sandbox.providers().push(order("google", ProviderAnswer::Delay(60)));
    let started = tokio::time::Instant::now();
    assert_eq!(values(&answer(&sandbox, GOOGLE).await, "code").len(), 1);
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn an_unreachable_provider_is_500_and_a_refusal_400() {
    let sandbox = social_sandbox().await;
    for (connector, target, error) in [
        (MOCK_SOCIAL, "mock-social", "connector.invalid_response"),
        (GITHUB, "github", "connector.invalid_response"),
        (GOOGLE, "google", "connector.general"),
    ] {
        let fields = answer(&sandbox, connector).await;
        let data = json!({"code": values(&fields, "code")[0], "redirectUri": CALLBACK});
        sandbox.providers().push(order(target, ProviderAnswer::Token(TokenAnswer::Unreachable)));
        sandbox.providers().push(order(target, ProviderAnswer::Token(TokenAnswer::Refuse)));
        let (status, body) = link(&sandbox, "alice", connector, &data).await;
        assert_eq!((status, body), (500, json!({"message": "Internal server error."})), "{target}");
        let (status, body) = link(&sandbox, "alice", connector, &data).await;
        assert_eq!((status, &body["code"]), (400, &json!(error)), "{target}");
        assert_eq!(link(&sandbox, "alice", connector, &data).await.0, 200, "the code is still good");
    }
}

#[tokio::test]
async fn an_order_lasts_until_it_is_cleared() {
    let sandbox = social_sandbox().await;
    sandbox.providers().push(ProviderOrder { times: None, ..order("github", ProviderAnswer::Refuse) });
    for _ in 0..3 {
        assert_eq!(values(&answer(&sandbox, GITHUB).await, "error"), ["access_denied"]);
    }
    assert!(values(&answer(&sandbox, GOOGLE).await, "error").is_empty(), "it is GitHub's");
    sandbox.providers().clear();
    assert!(values(&answer(&sandbox, GITHUB).await, "error").is_empty());
}

#[tokio::test]
async fn orders_are_there_over_http_as_well() {
    let sandbox = social_sandbox().await;
    let url = format!("{}/__sandbox/providers", sandbox.base_url());
    let about: Value = client().get(&url).send().await.unwrap().json().await.unwrap();
    let providers = sandbox.providers();
    assert_eq!(about["url"], providers.url());
    assert_eq!(about["issuer"], providers.issuer());
    assert_eq!(about["ca_pem"], providers.ca_pem());
    assert_eq!(about["spki_sha256"], providers.spki_sha256());
    assert_eq!(
        about["providers"][1]["authorization_endpoint"],
        format!("{}/github/authorize", providers.url())
    );
    let orders = format!("{url}/orders");
    let post = async |body: Value| client().post(&orders).json(&body).send().await.unwrap().status().as_u16();
    assert_eq!(
        post(json!({"provider": "github", "answer": {"error": "temporarily_unavailable"}})).await,
        204
    );
    assert_eq!(values(&answer(&sandbox, GITHUB).await, "error"), ["temporarily_unavailable"]);
    assert_eq!(client().delete(&orders).send().await.unwrap().status(), 204);
    assert!(values(&answer(&sandbox, GITHUB).await, "error").is_empty());
    assert_eq!(post(json!({"provider": "apple", "answer": "refuse"})).await, 400);
    assert_eq!(post(json!({"provider": "github", "answer": "sing"})).await, 400);
}

#[tokio::test]
async fn without_the_option_there_are_no_providers() {
    let sandbox = sandbox().await;
    let providers = sandbox.providers();
    assert_eq!((providers.url(), providers.ca_pem(), providers.spki_sha256()), Default::default());
    let url = format!("{}/__sandbox/providers", sandbox.base_url());
    assert_eq!(client().get(&url).send().await.unwrap().status(), 404);
    providers.push(order("github", ProviderAnswer::Refuse));
    let nowhere = providers.cancel("https://127.0.0.1:1/github/authorize").await;
    assert_eq!(nowhere, Err(BrowserError::ForeignUrl));
}

#[tokio::test]
async fn the_providers_listen_on_loopback_only() {
    let options = Options { provider_listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(matches!(Sandbox::start(options).await, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn faults_and_the_log_know_the_providers_by_a_prefix() {
    let sandbox = social_sandbox().await;
    let uri = authorization_uri(&sandbox, GITHUB, CALLBACK).await;
    let fault = Fault {
        path_contains: "provider:/github/".into(),
        method: Some("POST".into()),
        action: FaultAction::Drop,
        times: Some(1),
    };
    sandbox.faults().push(fault);
    sandbox.clear_request_log();
    let account = ProviderAccount::default();
    assert_eq!(sandbox.providers().continue_as(&uri, &account).await, Err(BrowserError::Dropped));
    let log: Vec<_> =
        sandbox.request_log().into_iter().map(|one| (one.method, one.path, one.status)).collect();
    let path = "provider:/github/authorize".to_owned();
    assert_eq!(log, [("GET".to_owned(), path.clone(), 200), ("POST".to_owned(), path, 0)]);
    let everything =
        Fault { path_contains: "/github".into(), method: None, action: FaultAction::Drop, times: None };
    sandbox.faults().push(everything);
    assert!(provider_client(&sandbox).get(&uri).send().await.unwrap_err().is_request());
    sandbox.faults().clear();
    assert_eq!(provider_client(&sandbox).get(&uri).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn codes_and_client_secrets_are_on_the_list_of_secrets() {
    let sandbox = social_sandbox().await;
    for connector in [MOCK_SOCIAL, GITHUB, GOOGLE] {
        let code = values(&answer(&sandbox, connector).await, "code")[0].to_owned();
        assert!(sandbox.issued_secrets().contains(&code), "{connector}");
    }
    let (_, connectors) = manage(&sandbox, reqwest::Method::GET, "/api/connectors", &Value::Null).await;
    let configured = |name: &str| {
        let all = connectors.as_array().unwrap().iter();
        all.filter_map(|one| one["config"][name].as_str()).map(str::to_owned).collect::<Vec<_>>()
    };
    let secrets = [configured("clientSecret"), configured("privateKey")].concat();
    assert_eq!(secrets.len(), 5);
    assert!(secrets.iter().all(|secret| sandbox.issued_secrets().contains(secret)));
    let written = format!("{} {sandbox:?}", serde_json::to_string(&sandbox.request_log()).unwrap());
    assert!(sandbox.issued_secrets().iter().all(|secret| !written.contains(secret)));
}

#[tokio::test]
async fn the_readme_names_every_route_of_the_providers() {
    let readme = include_str!("../README.md");
    for (method, pattern) in logto_sandbox::provider_route_patterns() {
        assert!(readme.contains(&format!("`{method} {pattern}`")), "{method} {pattern} is not in the README");
    }
}
