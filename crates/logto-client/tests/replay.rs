//! Every recorded answer of an endpoint of ours goes through the client as if Logto sent it now, and the fields that
//! are read are compared with the recording (decision 16).
//!
//! An exchange that cannot be replayed is named with its reason in `replay_excluded.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use logto_client::types::{
    CustomData, NewPersonalAccessToken, Page, Profile, Recipient, RevokeGrants, UserChanges, UserSummary,
    WholeIdentity,
};
use logto_client::{ENDPOINTS, Endpoint, Error, UserId};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fields::{
    access_token_json, application_json, center_json, configs_json, connector_json, experience_json,
    grant_json, identities_json, mfa_json, organization_json, password_check_json, profile_field_json,
    profile_json, resource_json, role_json, scope_json, session_json, sso_connector_json, user_json,
};
use crate::support::{Canned, client_of, good_token, serve};

#[derive(Deserialize)]
struct Exchange {
    name: String,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    body: Value,
}

fn recordings() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../logto-sandbox/recordings");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut exchanges = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let list: Vec<Exchange> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        exchanges.extend(list);
    }
    exchanges
}

fn excluded() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay_excluded.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns the endpoint of an exchange, if it is one of ours.
fn endpoint_of(request: &Request) -> Option<&'static Endpoint> {
    let path = request.path.split('?').next()?.strip_prefix("/api")?;
    let given: Vec<&str> = path.split('/').collect();
    ENDPOINTS.iter().find(|endpoint| {
        let wanted: Vec<&str> = endpoint.template.split('/').collect();
        endpoint.method == request.method
            && wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(want, have)| want.starts_with('{') || want == have)
    })
}

/// Returns the answer as it was sent. A text is a JSON string in the recording.
fn canned(response: &Response) -> Canned {
    let headers: Vec<(String, String)> = response
        .headers
        .iter()
        .filter(|(name, _)| {
            !["content-length", "content-encoding", "transfer-encoding", "connection"]
                .contains(&name.as_str())
        })
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
        .collect();
    let is_text =
        matches!(response.headers.get("content-type"), Some(Some(kind)) if kind.starts_with("text/"));
    let body = match &response.body {
        Value::String(text) if is_text => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        body => serde_json::to_vec(body).unwrap(),
    };
    Canned { status: response.status, headers, body }
}

/// Sends the request through the client and returns the fields it read, as JSON in Logto's spelling.
async fn ask(endpoint: &Endpoint, base: &str, request: &Request) -> Result<Value, Error> {
    let client = client_of(base);
    // The client accepts no answer about another user than the requested one.
    let asked = request.path.strip_prefix("/api/users/").and_then(|rest| rest.split(['/', '?']).next());
    let user = asked.and_then(UserId::parse).unwrap_or(UserId::parse("someone").unwrap());
    let page = Page { number: 1, size: 20 };
    Ok(match (endpoint.method, endpoint.template) {
        ("GET", "/users/{userId}") => user_json(&client.user(&user).await?),
        ("PATCH", "/users/{userId}") => user_json(&client.update_user(&user, &UserChanges::default()).await?),
        ("PATCH", "/users/{userId}/profile") => {
            profile_json(&client.update_profile(&user, &Profile::default()).await?)
        }
        ("GET", "/users/{userId}/custom-data") => Value::Object(client.custom_data(&user).await?),
        ("PATCH", "/users/{userId}/custom-data") => {
            Value::Object(client.update_custom_data(&user, &CustomData::new()).await?)
        }
        ("GET", "/users/{userId}/roles") => client.user_roles(&user).await?.iter().map(role_json).collect(),
        ("GET", "/users/{userId}/organizations") => {
            client.user_organizations(&user).await?.iter().map(organization_json).collect()
        }
        ("GET", "/custom-profile-fields") => {
            client.custom_profile_fields().await?.iter().map(profile_field_json).collect()
        }
        ("GET", "/users") => {
            client.users(page).await?.iter().map(|UserSummary { id }| json!({ "id": id.as_str() })).collect()
        }
        ("GET", "/sign-in-exp") => experience_json(&client.sign_in_experience().await?),
        ("GET", "/.well-known/sign-in-exp") => experience_json(&client.public_sign_in_experience().await?),
        ("GET", "/account-center") => center_json(&client.account_center().await?),
        ("GET", "/applications/{applicationId}") => application_json(&client.application("x").await?),
        ("GET", "/resources") => client.resources(page).await?.iter().map(resource_json).collect(),
        ("GET", "/roles") => client.roles(page).await?.iter().map(role_json).collect(),
        ("GET", "/roles/{roleId}/scopes") => client.role_scopes("x").await?.iter().map(scope_json).collect(),
        ("GET", "/connectors") => client.connectors().await?.iter().map(connector_json).collect(),
        ("GET", "/sso-connectors") => client.sso_connectors().await?.iter().map(sso_connector_json).collect(),
        ("GET", "/users/{userId}/sessions") => {
            json!({ "sessions": client.sessions(&user).await?.iter().map(session_json).collect::<Vec<_>>() })
        }
        ("DELETE", "/users/{userId}/sessions/{sessionId}") => {
            client.end_session(&user, "x", Some(RevokeGrants::All)).await?;
            Value::Null
        }
        ("GET", "/users/{userId}/grants") => {
            json!({ "grants": client.grants(&user, None).await?.iter().map(grant_json).collect::<Vec<_>>() })
        }
        ("DELETE", "/users/{userId}/grants/{grantId}") => {
            client.end_grant(&user, "x").await?;
            Value::Null
        }
        ("GET", "/users/{userId}/personal-access-tokens") => {
            client.personal_access_tokens(&user).await?.iter().map(access_token_json).collect()
        }
        ("POST", "/users/{userId}/personal-access-tokens") => {
            let new = NewPersonalAccessToken { name: "x".to_owned(), expires_at: None };
            access_token_json(&client.create_personal_access_token(&user, &new).await?.0)
        }
        ("PATCH", "/users/{userId}/personal-access-tokens/{name}") => {
            client.rename_personal_access_token(&user, "x", "y").await?;
            json!({})
        }
        ("DELETE", "/users/{userId}/personal-access-tokens/{name}") => {
            client.delete_personal_access_token(&user, "x").await?;
            Value::Null
        }
        ("POST", "/users/{userId}/identities") => {
            identities_json(&client.link_identity(&user, "x", &json!({})).await?)
        }
        ("GET", "/users/{userId}/identities/{target}") => {
            json!({ "identity": client.identity(&user, "x").await? })
        }
        ("PUT", "/users/{userId}/identities/{target}") => {
            let identity: WholeIdentity = serde_json::from_value(json!({ "userId": "x" })).unwrap();
            identities_json(&client.put_identity(&user, "x", &identity).await?)
        }
        ("DELETE", "/users/{userId}/identities/{target}") => {
            user_json(&client.delete_identity(&user, "x").await?)
        }
        ("POST", "/connectors/{connectorId}/authorization-uri") => {
            json!({ "redirectTo": client.social_authorization_uri("x", "state", "https://x.test").await? })
        }
        ("POST", "/verification-codes") => {
            client.send_verification_code(&Recipient::Email("nobody@example.test".to_owned())).await?;
            Value::Null
        }
        ("POST", "/verification-codes/verify") => {
            let recipient = Recipient::Email("nobody@example.test".to_owned());
            client.verify_verification_code(&recipient, &SecretString::from("000000")).await?;
            Value::Null
        }
        ("POST", "/users/{userId}/password/verify") => {
            client.verify_password(&user, &SecretString::from("test-password")).await?;
            Value::Null
        }
        ("PATCH", "/users/{userId}/password") => {
            client.update_password(&user, &SecretString::from("test-password")).await?;
            Value::Null
        }
        ("GET", "/users/{userId}/has-password") => {
            json!({ "hasPassword": client.has_password(&user).await? })
        }
        ("POST", "/sign-in-exp/default/check-password") => {
            password_check_json(&client.check_password(&user, &SecretString::from("test-password")).await?)
        }
        ("GET", "/users/{userId}/mfa-verifications") => {
            client.mfa_verifications(&user).await?.iter().map(mfa_json).collect()
        }
        ("GET", "/users/{userId}/logto-configs") => configs_json(&client.logto_configs(&user).await?),
        other => panic!("{other:?} has no replay"),
    })
}

/// Asserts that what was read is what was recorded: each member that was read must be equal; one that the recording
/// lacks must have been read as absent.
fn assert_read(read: &Value, recorded: &Value, at: &str) {
    match (read, recorded) {
        (Value::Object(read), Value::Object(recorded)) => {
            for (name, value) in read {
                assert_read(value, recorded.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"));
            }
        }
        (Value::Array(read), Value::Array(recorded)) => {
            assert_eq!(read.len(), recorded.len(), "{at}");
            for (index, (read, recorded)) in read.iter().zip(recorded).enumerate() {
                assert_read(read, recorded, &format!("{at}/{index}"));
            }
        }
        (Value::Object(read), Value::Null) => {
            for (name, value) in read {
                assert_read(value, &Value::Null, &format!("{at}/{name}"));
            }
        }
        (Value::Array(read), Value::Null) => assert!(read.is_empty(), "{at}"),
        // No member of the answer's body is read.
        (Value::Null, _) => {}
        (read, recorded) => assert_eq!(read, recorded, "{at}"),
    }
}

#[tokio::test]
async fn every_recorded_answer_of_an_endpoint_of_ours_is_read() {
    let excluded = excluded();
    let (mut replayed, mut refused, mut left_out) = (0, 0, Vec::new());
    let mut endpoints_seen = BTreeMap::new();
    for exchange in recordings() {
        let Some(endpoint) = endpoint_of(&exchange.request) else { continue };
        if let Some(reason) = excluded.get(&exchange.name) {
            left_out.push(format!("{}: {reason}", exchange.name));
            continue;
        }
        let response = &exchange.response;
        let base = serve(good_token(), canned(response)).await;
        let answer = ask(endpoint, &base, &exchange.request).await;
        let name = &exchange.name;
        // A password that breaks the rules is an answer of its own.
        let is_answer = (200..300).contains(&response.status) || response.body["result"] == false;
        if is_answer {
            let read = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_read(&read, &response.body, name);
        } else {
            let error =
                answer.err().unwrap_or_else(|| panic!("{name}: an answer of {} was read", response.status));
            assert_eq!(error.status(), Some(response.status), "{name}");
            assert_eq!(error.code(), response.body["code"].as_str(), "{name}");
            refused += 1;
        }
        replayed += 1;
        *endpoints_seen.entry(format!("{} {}", endpoint.method, endpoint.template)).or_insert(0) += 1;
    }
    for name in excluded.keys() {
        assert!(left_out.iter().any(|line| line.starts_with(name)), "{name} is excluded and is not there");
    }
    println!(
        "replayed {replayed} recorded answers ({refused} of them refusals), left out {}",
        left_out.len()
    );
    println!("{endpoints_seen:#?}\n{left_out:#?}");
    assert!(replayed >= 138, "only {replayed} exchanges: the recordings are incomplete");
}

#[tokio::test]
async fn every_recorded_answer_to_client_credentials_is_read() {
    let mut replayed = 0;
    for exchange in recordings() {
        let is_ours = exchange.request.method == "POST"
            && exchange.request.path == "/oidc/token"
            && exchange.request.body["grant_type"] == "client_credentials";
        if !is_ours {
            continue;
        }
        let response = &exchange.response;
        let base = serve(canned(response), Canned::json(200, &json!({}))).await;
        let answer = client_of(&base).authorise().await;
        let name = &exchange.name;
        match (response.status, response.body["scope"].as_str()) {
            (200, Some("all")) => assert_eq!(answer, Ok(()), "{name}"),
            (200, _) => assert_eq!(answer, Err(Error::ScopeMissing), "{name}"),
            (status, _) => {
                let Err(Error::Token(refused)) = answer else { panic!("{name}: {answer:?}") };
                assert_eq!(refused.status, status, "{name}");
                assert_eq!(refused.code.as_deref(), response.body["code"].as_str(), "{name}");
            }
        }
        replayed += 1;
    }
    println!("replayed {replayed} answers to client credentials");
    assert!(replayed >= 9, "only {replayed} exchanges: the recordings are incomplete");
}
