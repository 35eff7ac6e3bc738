//! B17: a user who could sign in can still do so after every change that this server allows. The server itself cannot
//! judge that: the test tries the sandbox's own sign-in page.

use logto_sandbox::SignInBy;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::addresses::newest_code;
use crate::support::app::{App, Call, authorize_url, granted};
use crate::support::{ALL_SCOPES, Answer, Stage, change};

const PASSWORD: &str = "Test-Password-12";
const CONNECTOR: &str = "knmkut2xs075";

/// A tenant and a user in it.
#[derive(Clone, Debug)]
struct World {
    /// Password and code, for user name, e-mail address and phone number.
    methods: [(bool, bool); 3],
    single_sign_on: bool,
    shows_github: bool,
    sends_mail: bool,
    sends_sms: bool,
    username: bool,
    /// An address, perhaps one that the enterprise connector owns.
    email: Option<bool>,
    phone: bool,
    password: bool,
    /// A linked account, perhaps with such an address.
    github: Option<bool>,
    enterprise: bool,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    SetUsername,
    RemoveUsername,
    SetEmail,
    RemoveEmail,
    SetPhone,
    RemovePhone,
    SetPassword,
}

fn worlds() -> impl Strategy<Value = World> {
    let change = prop_oneof![
        1 => Just(Change::SetUsername),
        3 => Just(Change::RemoveUsername),
        1 => Just(Change::SetEmail),
        3 => Just(Change::RemoveEmail),
        1 => Just(Change::SetPhone),
        3 => Just(Change::RemovePhone),
        1 => Just(Change::SetPassword),
    ];
    let method = (any::<bool>(), any::<bool>());
    let username_method = any::<bool>().prop_map(|password| (password, false));
    let tenant = (
        [username_method.boxed(), method.boxed(), method.boxed()],
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.6),
        prop::bool::weighted(0.6),
    );
    let user = (
        any::<bool>(),
        prop::option::of(prop::bool::weighted(0.4)),
        any::<bool>(),
        any::<bool>(),
        prop::option::weighted(0.3, prop::bool::weighted(0.4)),
        prop::bool::weighted(0.2),
    );
    (tenant, user, prop::collection::vec(change, 3..6)).prop_map(|(tenant, user, changes)| {
        let (methods, single_sign_on, shows_github, sends_mail, sends_sms) = tenant;
        let (username, email, phone, password, github, enterprise) = user;
        World {
            methods,
            single_sign_on,
            shows_github,
            sends_mail,
            sends_sms,
            username,
            email,
            phone,
            password,
            github,
            enterprise,
            changes,
        }
    })
}

fn address(is_owned: bool, name: &str) -> String {
    let domain = if is_owned { "corp.example.test" } else { "example.test" };
    format!("{name}@{domain}")
}

impl World {
    async fn stage(&self) -> (Stage, String) {
        let stage = Stage::new().await;
        let methods: Vec<Value> = ["username", "email", "phone"]
            .into_iter()
            .zip(self.methods)
            .map(|(identifier, (password, code))| {
                json!({ "identifier": identifier, "password": password, "verificationCode": code })
            })
            .collect();
        let targets: &[&str] = if self.shows_github { &["github"] } else { &["google"] };
        stage.sandbox.set_sign_in_experience(&json!({
            "signIn": { "methods": methods }, "singleSignOnEnabled": self.single_sign_on,
            "socialSignInConnectorTargets": targets
        }));
        for (sends, kind) in [(self.sends_mail, "Email"), (self.sends_sms, "Sms")] {
            if !sends {
                stage.sandbox.remove_connectors(kind);
            }
        }
        let identities = match self.github {
            None => json!({}),
            Some(is_owned) => {
                let details = json!({ "id": "gh-1", "email": address(is_owned, "gh") });
                json!({ "github": { "userId": "gh-1", "details": details } })
            }
        };
        let enterprise = json!({
            "issuer": "https://corp.example.test/oidc", "identityId": "corp-1", "ssoConnectorId": CONNECTOR
        });
        let id = stage.sandbox.add_user(&json!({
            "username": self.username.then_some("somebody"),
            "primaryEmail": self.email.map(|is_owned| address(is_owned, "somebody")),
            "primaryPhone": self.phone.then_some("15550000042"),
            "password": self.password.then_some(PASSWORD),
            "identities": identities,
            "ssoIdentities": if self.enterprise { vec![enterprise] } else { Vec::new() }
        }));
        (stage, id)
    }
}

/// A user, and the secrets that Logto's API does not return.
struct TestUser<'a> {
    stage: &'a Stage,
    id: String,
    app: App<'a>,
    password: Option<String>,
    enterprise: bool,
    /// New addresses are numbered.
    number: u32,
}

impl TestUser<'_> {
    fn field(&self, name: &str) -> Value {
        self.stage.sandbox.user_json(&self.id)[name].clone()
    }

    /// Returns everything that this user could try on the sign-in page.
    fn attempts(&self) -> Vec<SignInBy> {
        let user = self.stage.sandbox.user_json(&self.id);
        let text = |name: &str| user[name].as_str().map(str::to_owned);
        let mut attempts = Vec::new();
        for identifier in ["username", "primaryEmail", "primaryPhone"].into_iter().filter_map(text) {
            if let Some(password) = self.password.clone() {
                attempts.push(SignInBy::Password { identifier: identifier.clone(), password });
            }
            if Some(&identifier) != text("username").as_ref() {
                attempts.push(SignInBy::Code { identifier });
            }
        }
        for (target, identity) in user["identities"].as_object().into_iter().flatten() {
            attempts.push(SignInBy::Social {
                target: target.clone(),
                user_id: identity["userId"].as_str().unwrap().to_owned(),
                email: identity["details"]["email"].as_str().map(str::to_owned),
            });
        }
        if self.enterprise {
            let (connector, user_id) = (CONNECTOR.to_owned(), "corp-1".to_owned());
            attempts.push(SignInBy::Enterprise { connector, user_id });
        }
        attempts
    }

    /// Returns the attempts that succeed.
    async fn methods(&self) -> Vec<SignInBy> {
        let url = authorize_url(&self.stage.sandbox, &[("scope", "openid")]);
        let mut methods = Vec::new();
        for attempt in self.attempts() {
            if self.stage.sandbox.browser().authorize_by(&url, &attempt).await.is_ok() {
                methods.push(attempt);
            }
        }
        // Until everything is mature: what is young proves too little for the next change.
        self.stage.advance(25 * 60 * 60);
        methods
    }

    /// Returns what the account must say about the attempts that succeed.
    fn expected_view(&self, methods: &[SignInBy]) -> Value {
        let user = self.stage.sandbox.user_json(&self.id);
        let names =
            ["username", "primaryEmail", "primaryPhone"].map(|name| user[name].as_str().map(str::to_owned));
        let which =
            |identifier: &String| names.iter().position(|name| name.as_ref() == Some(identifier)).unwrap();
        let mut with: Vec<usize> = Vec::new();
        let mut expected = Vec::new();
        for method in methods {
            match method {
                SignInBy::Password { identifier, .. } => with.push(which(identifier)),
                SignInBy::Code { identifier } => {
                    let kind = if which(identifier) == 1 { "email_code" } else { "phone_code" };
                    expected.push(json!({ "kind": kind }));
                }
                SignInBy::Social { target, .. } => {
                    expected.push(json!({ "kind": "social", "target": target, "name": "GitHub" }));
                }
                SignInBy::Enterprise { .. } => expected.push(json!({ "kind": "enterprise", "name": "corp" })),
            }
        }
        if !with.is_empty() {
            let with: Vec<&str> =
                with.into_iter().map(|index| ["username", "email", "phone"][index]).collect();
            expected.insert(0, json!({ "kind": "password", "with": with }));
        }
        Value::Array(expected)
    }

    /// Sends a request, with a proof if it is required.
    async fn ask(&self, call: &Call, method: &SignInBy) -> Answer {
        let answer = self.app.call(call).await;
        if answer.code() != "step_up_required" {
            return answer;
        }
        let nonce = answer.body["detail"]["nonce"].as_str().unwrap().to_owned();
        let mut proof = self.app.prove_by(&nonce, method).await;
        if proof.body["kind"] == "more" {
            let password = json!({ "nonce": nonce, "password": self.password });
            proof = self.app.post("/step-up/password", password).await;
        }
        if proof.body["kind"] != "granted" {
            return proof;
        }
        self.app.call(&call.with_grant(&granted(&proof))).await
    }

    async fn make(&mut self, change_of: Change, method: &SignInBy) -> Answer {
        self.app.tokens["access_token"] = self.stage.token(&self.id, ALL_SCOPES).into();
        self.number += 1;
        let (email, phone) = (self.field("primaryEmail"), self.field("primaryPhone"));
        let number = self.number;
        let (set, confirm) = match change_of {
            Change::SetUsername | Change::RemoveUsername => {
                let to = matches!(change_of, Change::SetUsername).then(|| format!("somebody_{number}"));
                let body = change("username", self.field("username"), to);
                return self.ask(&Call::patch("/username", body), method).await;
            }
            Change::SetPassword => {
                let password = format!("Better-Horse-{number}");
                let call = Call::put("/password", json!({ "password": password }));
                let answer = self.ask(&call, method).await;
                if answer.status == 200 {
                    self.password = Some(password);
                }
                return answer;
            }
            Change::RemoveEmail | Change::RemovePhone => {
                let (path, from) = match change_of {
                    Change::RemoveEmail => ("/email/remove", email),
                    _ => ("/phone/remove", phone),
                };
                let from = json!({ "from": from.as_str().unwrap_or("nobody@example.test") });
                return self.ask(&Call::post(path, from), method).await;
            }
            Change::SetEmail => {
                let to = address(number.is_multiple_of(3), &format!("new{number}"));
                (Call::post("/email", json!({ "from": email, "address": to })), "/email/confirm")
            }
            Change::SetPhone => {
                let to = format!("+1555000010{number}");
                (Call::post("/phone", json!({ "from": phone, "number": to })), "/phone/confirm")
            }
        };
        let sent = self.ask(&set, method).await;
        if sent.status != 200 {
            return sent;
        }
        let code = newest_code(self.stage);
        let body = json!({ "transaction": sent.body["transaction"], "code": code });
        self.app.call(&Call::post(confirm, body)).await
    }
}

/// Returns what the account would lack after a change that was refused.
fn lacking(change: Change) -> Value {
    match change {
        Change::RemoveUsername => json!({ "username": null }),
        Change::RemoveEmail => json!({ "primaryEmail": null }),
        Change::RemovePhone => json!({ "primaryPhone": null }),
        other => panic!("{other:?} removes nothing and was refused as the last method"),
    }
}

/// How often each outcome happened.
#[derive(Debug, Default)]
struct Tally {
    locked_out_from_the_beginning: u32,
    made: u32,
    refused: u32,
    otherwise: u32,
}

async fn live(world: &World, tally: &mut Tally) {
    let (stage, id) = world.stage().await;
    // The app belongs to the user of its token.
    let app = App::of(&stage, &id).await;
    let password = world.password.then(|| PASSWORD.to_owned());
    let mut user = TestUser { stage: &stage, id, app, password, enterprise: world.enterprise, number: 0 };
    let mut methods = user.methods().await;
    let account = stage.account(&stage.token(&user.id, ALL_SCOPES)).await;
    assert_eq!(account.body["sign_in_ways"], user.expected_view(&methods), "{world:?}: {}", account.text);
    for change in &world.changes {
        let Some(method) = methods.first().cloned() else {
            tally.locked_out_from_the_beginning += 1;
            return;
        };
        let before = stage.sandbox.user_json(&user.id);
        let answer = user.make(*change, &method).await;
        let case = format!("{change:?} in {world:?}: {}", answer.text);
        assert!(answer.status < 500, "{case}");
        methods = user.methods().await;
        assert!(!methods.is_empty(), "no method signs this user in any more: {case}");
        match (answer.status, answer.code()) {
            (200, _) => {
                tally.made += 1;
                assert_eq!(answer.body["sign_in_ways"], user.expected_view(&methods), "{case}");
            }
            (_, "last_sign_in_method") => {
                tally.refused += 1;
                assert!(!answer.body["detail"]["next_steps"].as_array().unwrap().is_empty(), "{case}");
                // The refusal was right: without it, no attempt would succeed.
                stage.sandbox.patch_user(&user.id, &lacking(*change));
                let left = user.methods().await;
                assert!(left.is_empty(), "{left:?} would be left: {case}");
                stage.sandbox.patch_user(&user.id, &before);
            }
            _ => tally.otherwise += 1,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b17_after_every_change_some_sign_in_succeeds() {
    let mut runner = TestRunner::deterministic();
    let mut tally = Tally::default();
    for _ in 0..100 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        live(&world, &mut tally).await;
    }
    println!("{tally:?}");
    assert!(tally.made >= 40 && tally.refused >= 10, "the worlds are too tame: {tally:?}");
}

#[tokio::test]
async fn b17_account_lists_every_method_except_of_fields_off() {
    let stage = Stage::new().await;
    stage.sandbox.patch_user("alice", &json!({ "identities": { "github": { "userId": "gh-1" } } }));
    let all = stage.alice().await.body;
    assert_eq!(
        all["sign_in_ways"],
        json!([
            { "kind": "password", "with": ["username", "email", "phone"] },
            { "kind": "email_code" },
            { "kind": "phone_code" },
            { "kind": "social", "target": "github", "name": "GitHub" },
        ])
    );
    assert_eq!(all["password"], json!({ "access": "edit", "value": true }));
    for (fields, wanted) in [
        (
            json!({ "name": "Edit", "password": "Edit", "username": "ReadOnly" }),
            json!([{ "kind": "password", "with": ["username"] }, { "kind": "social", "target": "github", "name": "GitHub" }]),
        ),
        (
            json!({ "name": "Edit", "username": "Edit", "email": "Edit" }),
            json!([{ "kind": "email_code" }, { "kind": "social", "target": "github", "name": "GitHub" }]),
        ),
    ] {
        stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": fields }));
        stage.advance(61);
        assert_eq!(stage.alice().await.body["sign_in_ways"], wanted, "{fields}");
    }
    assert_eq!(stage.alice().await.body["password"], json!({ "access": "off" }));
}

#[tokio::test]
async fn b17_an_answer_to_an_edit_names_enterprise_identities_too() {
    let stage = Stage::new().await;
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    let identity = json!({ "issuer": "x", "identityId": "corp-1", "ssoConnectorId": CONNECTOR });
    let id = stage.sandbox.add_user(&json!({ "name": "Corp", "ssoIdentities": [identity] }));
    let token = stage.token(&id, ALL_SCOPES);
    let wanted = json!([{ "kind": "enterprise", "name": "corp" }]);
    assert_eq!(stage.account(&token).await.body["sign_in_ways"], wanted);
    let edited = stage.patch("/account", &token, &change("name", "Corp", "Corpus")).await;
    assert_eq!((edited.status, &edited.body["sign_in_ways"]), (200, &wanted), "{}", edited.text);
}
