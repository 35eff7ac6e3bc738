//! Every recorded answer of an endpoint of ours goes through the client as if Logto gave it now, and the fields
//! that are read are compared with the recording (REQUIREMENTS §6.16).
//!
//! An exchange that cannot be replayed is named with its reason in `replay_excluded.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use logto_client::types::{
    AccountCenter, AccountCenterFields, Address, Application, Connector, CustomData, FieldControl, Page,
    Profile, Resource, Role, RoleScope, SignInExperience, User, UserChanges, UserSummary,
};
use logto_client::{ENDPOINTS, Endpoint, Error, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

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

/// The endpoint of an exchange, if it is one of ours.
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

/// The answer as it was sent. A text stands in the recording as a JSON string.
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

/// Asks through the client and gives the fields it read, as JSON in Logto's spelling.
async fn ask(endpoint: &Endpoint, base: &str) -> Result<Value, Error> {
    let client = client_of(base);
    let user = UserId::parse("someone").unwrap();
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
        ("GET", "/users") => {
            client.users(page).await?.iter().map(|UserSummary { id }| json!({ "id": id })).collect()
        }
        ("GET", "/sign-in-exp") => experience_json(&client.sign_in_experience().await?),
        ("GET", "/.well-known/sign-in-exp") => experience_json(&client.public_sign_in_experience().await?),
        ("GET", "/account-center") => center_json(&client.account_center().await?),
        ("GET", "/applications/{applicationId}") => application_json(&client.application("x").await?),
        ("GET", "/resources") => client.resources(page).await?.iter().map(resource_json).collect(),
        ("GET", "/roles") => client.roles(page).await?.iter().map(role_json).collect(),
        ("GET", "/roles/{roleId}/scopes") => client.role_scopes("x").await?.iter().map(scope_json).collect(),
        ("GET", "/connectors") => client.connectors().await?.iter().map(connector_json).collect(),
        other => panic!("{other:?} has no replay"),
    })
}

fn user_json(user: &User) -> Value {
    let User {
        id,
        username,
        primary_email,
        primary_phone,
        name,
        avatar,
        custom_data,
        profile,
        sso_identities,
        last_sign_in_at,
        created_at,
        is_suspended,
    } = user;
    let sso: Vec<Value> = sso_identities
        .iter()
        .map(|one| json!({ "issuer": one.issuer, "identityId": one.identity_id }))
        .collect();
    json!({
        "id": id, "username": username, "primaryEmail": primary_email, "primaryPhone": primary_phone, "name": name,
        "avatar": avatar, "customData": custom_data, "profile": profile_json(profile), "ssoIdentities": sso,
        "lastSignInAt": last_sign_in_at, "createdAt": created_at, "isSuspended": is_suspended
    })
}

fn profile_json(profile: &Profile) -> Value {
    let Profile {
        given_name,
        family_name,
        middle_name,
        nickname,
        preferred_username,
        profile: page,
        website,
        gender,
        birthdate,
        zoneinfo,
        locale,
        address,
        other,
    } = profile;
    let mut value = json!({
        "givenName": given_name, "familyName": family_name, "middleName": middle_name, "nickname": nickname,
        "preferredUsername": preferred_username, "profile": page, "website": website, "gender": gender,
        "birthdate": birthdate, "zoneinfo": zoneinfo, "locale": locale,
        "address": address.as_ref().map(|Address { formatted, street_address, locality, region, postal_code, country }| {
            json!({
                "formatted": formatted, "streetAddress": street_address, "locality": locality, "region": region,
                "postalCode": postal_code, "country": country
            })
        })
    });
    for (name, kept) in other {
        let twice = value.as_object_mut().unwrap().insert(name.clone(), kept.clone());
        assert!(twice.is_none(), "{name} is a field of its own and was not read as one");
    }
    value
}

fn role_json(Role { id, name }: &Role) -> Value {
    json!({ "id": id, "name": name })
}

fn scope_json(RoleScope { id, name }: &RoleScope) -> Value {
    json!({ "id": id, "name": name })
}

fn resource_json(Resource { indicator, scopes }: &Resource) -> Value {
    json!({ "indicator": indicator, "scopes": scopes.iter().map(scope_json).collect::<Vec<_>>() })
}

fn connector_json(Connector { connector_id, connector_type }: &Connector) -> Value {
    json!({ "connectorId": connector_id, "type": connector_type })
}

fn application_json(application: &Application) -> Value {
    let Application { id, application_type, is_third_party, oidc_client_metadata, custom_client_metadata } =
        application;
    json!({
        "id": id, "type": format!("{application_type:?}"), "isThirdParty": is_third_party,
        "oidcClientMetadata": {
            "redirectUris": oidc_client_metadata.redirect_uris,
            "postLogoutRedirectUris": oidc_client_metadata.post_logout_redirect_uris
        },
        "customClientMetadata": { "allowTokenExchange": custom_client_metadata.allow_token_exchange }
    })
}

fn experience_json(SignInExperience { color, branding }: &SignInExperience) -> Value {
    json!({
        "color": { "primaryColor": color.primary_color, "darkPrimaryColor": color.dark_primary_color },
        "branding": { "logoUrl": branding.logo_url, "darkLogoUrl": branding.dark_logo_url }
    })
}

fn center_json(AccountCenter { enabled, fields }: &AccountCenter) -> Value {
    let control = |control: &Option<FieldControl>| control.map(|control| format!("{control:?}"));
    let AccountCenterFields { name, avatar, profile, email, phone, username, custom_data } = fields;
    json!({
        "enabled": enabled,
        "fields": {
            "name": control(name), "avatar": control(avatar), "profile": control(profile), "email": control(email),
            "phone": control(phone), "username": control(username), "customData": control(custom_data)
        }
    })
}

/// Whether what was read is what was recorded: each member that was read must be equal; one that the recording
/// lacks must have been read as nothing.
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
        (Value::Array(read), Value::Null) => assert!(read.is_empty(), "{at}"),
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
        let answer = ask(endpoint, &base).await;
        let name = &exchange.name;
        if (200..300).contains(&response.status) {
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
    assert!(replayed >= 74, "only {replayed} exchanges: the recordings are incomplete");
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
