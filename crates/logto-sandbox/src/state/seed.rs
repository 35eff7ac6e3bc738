//! The seeded tenant: applications, the settings resource with its role, and four users.

use serde_json::json;

use super::client::{Client, ClientKind};
use super::user::User;
use super::{MANAGEMENT_RESOURCE, Resource, Role, State};
use crate::options::Options;
use crate::random;

/// The role that new users get.
pub(crate) const USER_ROLE: &str = "settings-user";
/// Id of the user role, as in the recordings.
pub(crate) const USER_ROLE_ID: &str = "0fcett9fgucw0nlpqe8ic";
/// Id of the role for the Management API.
pub(crate) const MANAGEMENT_ROLE_ID: &str = "admin-role-m2m-000000";
/// Client id of the application without roles.
pub(crate) const ROLELESS_M2M_ID: &str = "latchkey-roleless-sandbox";
/// Id of the settings resource.
pub(crate) const SETTINGS_RESOURCE_ID: &str = "settings-resource-0001";

const SCOPES: [&str; 4] = ["account:read", "account:write", "account:security", "account:delete"];

/// Fills an empty state.
pub(crate) fn fill(state: &mut State, options: &Options) {
    let now_ms = state.now_ms();
    register_resources(state, &options.resource);
    register_clients(state, options, now_ms);
    for user in users(now_ms) {
        state.issued_secrets.extend(user.password.clone());
        state.users.insert(user.id.clone(), user);
    }
    state
        .issued_secrets
        .extend(["sandbox-github-client-secret", "sandbox-google-client-secret"].map(str::to_owned));
}

fn register_resources(state: &mut State, resource: &str) {
    let scopes: Vec<String> = SCOPES.map(str::to_owned).into();
    state.resources = vec![
        Resource {
            id: "management-api".into(),
            name: "Logto Management API".into(),
            indicator: MANAGEMENT_RESOURCE.into(),
            access_token_ttl_s: 3600,
            scopes: vec!["all".into()],
        },
        Resource {
            id: SETTINGS_RESOURCE_ID.into(),
            name: "Settings API".into(),
            indicator: resource.into(),
            access_token_ttl_s: 600,
            scopes: scopes.clone(),
        },
    ];
    state.roles = vec![
        Role {
            id: USER_ROLE_ID.into(),
            name: USER_ROLE.into(),
            description: "May use the settings API".into(),
            kind: "User",
            is_default: true,
            scopes: vec![(resource.into(), scopes)],
        },
        Role {
            id: MANAGEMENT_ROLE_ID.into(),
            name: "Logto Management API access".into(),
            description: "May use the Management API".into(),
            kind: "MachineToMachine",
            is_default: false,
            scopes: vec![(MANAGEMENT_RESOURCE.into(), vec!["all".into()])],
        },
    ];
}

/// Registers the settings resource under another indicator.
pub(crate) fn set_resource(state: &mut State, indicator: &str) {
    let mut old = None;
    for resource in state.resources.iter_mut().filter(|resource| resource.id == SETTINGS_RESOURCE_ID) {
        old = Some(std::mem::replace(&mut resource.indicator, indicator.to_owned()));
    }
    let Some(old) = old else { return };
    for (named, _) in state.roles.iter_mut().flat_map(|role| &mut role.scopes) {
        if *named == old {
            indicator.clone_into(named);
        }
    }
}

fn register_clients(state: &mut State, options: &Options, now_ms: u64) {
    let native = Client {
        id: options.native_client_id.clone(),
        name: "Latchkey".into(),
        kind: ClientKind::Native,
        secret: random::id(32),
        further_secrets: Vec::new(),
        redirect_uris: vec![
            "http://127.0.0.1/callback".into(),
            "http://[::1]/callback".into(),
            format!("{}://callback", options.scheme),
        ],
        post_logout_redirect_uris: vec![
            format!("{}://signed-out", options.scheme),
            "http://127.0.0.1/signed-out".into(),
        ],
        rotate_refresh_token: true,
        refresh_token_ttl_days: 14,
        backchannel_session: options.backchannel_session,
        roles: Vec::new(),
        created_at_ms: now_ms,
    };
    let machine = |id: &str, name: &str, roles: Vec<String>| Client {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: ClientKind::MachineToMachine,
        secret: random::opaque(),
        further_secrets: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        rotate_refresh_token: true,
        refresh_token_ttl_days: 14,
        backchannel_session: false,
        roles,
        created_at_ms: now_ms,
    };
    let server = machine(&options.m2m_client_id, "settings-backend", vec![MANAGEMENT_ROLE_ID.into()]);
    let roleless = machine(ROLELESS_M2M_ID, "m2m-no-roles", Vec::new());
    for client in [native, server, roleless] {
        state.issued_secrets.push(client.secret.clone());
        state.clients.insert(client.id.clone(), client);
    }
}

/// The secret of the seeded authenticator: a test value, in base32.
pub(crate) const TEST_TOTP_SECRET: &str = "TESTTESTTESTTESTTESTTESTTESTTEST";

fn users(now_ms: u64) -> [User; 5] {
    let user = |id: &str, username: &str, password: &str, name: &str| {
        let mut user = User::empty(id, now_ms);
        user.set("username", username.into());
        user.set("name", name.into());
        user.set_password(Some(password.to_owned()));
        user.roles = vec![USER_ROLE_ID.to_owned()];
        user
    };
    let mut alice = user("alice0000001", "alice", "Correct-Horse-7", "Alice Example");
    alice.set("primaryEmail", "alice@example.test".into());
    alice.set("primaryPhone", "15550000001".into());
    alice.set(
        "profile",
        json!({
            "givenName": "Alice", "familyName": "Example", "nickname": "Al",
            "website": "https://alice.example.test", "gender": "female", "birthdate": "1990-04-12",
            "zoneinfo": "Europe/Berlin", "locale": "en-GB",
            "address": {
                "formatted": "1 Test Street, 10115 Berlin", "streetAddress": "1 Test Street",
                "locality": "Berlin", "region": "Berlin", "postalCode": "10115", "country": "DE"
            }
        }),
    );
    let mut bob = user("bob000000002", "bob", "Battery-Staple-8", "Bob Builder");
    bob.set("primaryEmail", "bob@example.test".into());
    bob.set("primaryPhone", "15550000002".into());
    bob.set("avatar", "https://avatars.example.test/bob.png".into());
    bob.set("customData", json!({"department": "Construction"}));
    let mut norole = user("norole000003", "norole", "No-Role-Here-9", "Nora Role");
    norole.set("primaryEmail", "norole@example.test".into());
    norole.roles = Vec::new();
    let mut suspended = user("suspended004", "suspended", "Locked-Out-10", "Sue Spended");
    suspended.set("primaryEmail", "suspended@example.test".into());
    suspended.set("isSuspended", true.into());
    let mut mfa = user("mfa000000005", "mfa", "Second-Factor-11", "Max Factor");
    mfa.set("primaryEmail", "mfa@example.test".into());
    mfa.factors.bind_totp(TEST_TOTP_SECRET, now_ms);
    [alice, bob, norole, suspended, mfa]
}
