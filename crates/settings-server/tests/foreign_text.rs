//! Foreign text reaches a user's mail and pages only as our own names, or cleaned (B29, B44).

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Stage, change, read};

/// What a holder of a stolen token claims about itself.
const CANARY: &str = "Your account is blocked - see canary.example";

#[tokio::test]
async fn b29_mail_contains_no_part_of_a_user_agent() {
    for (user_agent, program) in [
        (CANARY, "a program that Latchkey does not know"),
        ("Latchkey/canary.example", "Latchkey"),
        ("Latchkey/0.1.0 canary.example", "Latchkey 0.1.0"),
        ("DoCoMo/1.0/canary.example", "a program that Latchkey does not know"),
        (
            "Mozilla/5.0 (X11; Linux canary.example; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox 140 on Linux",
        ),
    ] {
        let records = Records::new();
        let stage = Stage::with_mail(&records).await;
        let app = App::sign_in(&stage, "alice").await;
        let call = Call::patch("/username", change("username", "alice", "alice_2"));
        let grant = app.grant(&call).await;
        let request = stage
            .http
            .patch(stage.url(&call.path))
            .bearer_auth(app.tokens["access_token"].as_str().unwrap())
            .header("latchkey-instance", &app.instance)
            .header("latchkey-grant", grant)
            .header("user-agent", user_agent)
            .json(call.body.as_ref().unwrap());
        let answer = read(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        records.delivered().await;
        let mails = stage.sandbox.mails();
        assert_eq!(mails.len(), 1);
        let mail = format!("{}\n{}", mails[0].subject, mails[0].text);
        let line = mail.lines().find_map(|line| line.strip_prefix("Program:"));
        assert_eq!(line.map(str::trim), Some(program), "{user_agent}: {mail}");
        assert!(!mail.to_lowercase().contains("canary") && !mail.contains("blocked"), "{mail}");
    }
}

fn grant(client: &str, name: Value) -> Value {
    json!({
        "id": format!("grant of {client}"),
        "payload": {
            "iat": 1_750_000_000, "exp": 1_760_000_000, "clientId": client, "accountId": "alice0000001",
            "openid": { "scope": "openid profile" },
            "resources": { "https://api.example": format!("read {} a\u{202E}b", "x".repeat(200)) },
        },
        "application": { "id": client, "name": name },
    })
}

#[tokio::test]
async fn b44_names_of_apps_are_cleaned_and_bounded() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let long = format!("https://prints.example/{}", "a".repeat(2_000));
    let cases = [
        ("photo-prints", json!("Photo Prints"), json!("Photo Prints")),
        ("lines", json!("Photo\u{202E}\r\nPrints\u{200B}"), json!("Photo Prints")),
        ("unseen", json!("\u{3164}\u{2066}"), Value::Null),
        ("nameless", Value::Null, Value::Null),
        ("long", json!("n".repeat(5_000)), json!(format!("{}…", "n".repeat(63)))),
        ("https://prints.example/app", json!("Latchkey"), json!("prints.example (Latchkey)")),
        ("https://bücher.example/app", json!(""), json!("xn--bcher-kva.example")),
        (long.as_str(), json!("n".repeat(5_000)), json!(format!("prints.example ({}…)", "n".repeat(63)))),
    ];
    let grants: Vec<Value> = cases.iter().map(|(client, name, _)| grant(client, name.clone())).collect();
    stage.fault("/grants", "GET", FaultAction::Status(200, Some(json!({ "grants": grants }))), None);
    let listed = app.sessions().await;
    for (client, _, wanted) in &cases {
        let grants = listed.body["grants"].as_array().unwrap();
        let shown = grants.iter().find(|grant| grant["id"] == format!("grant of {client}")).unwrap();
        assert_eq!(&shown["app"], wanted, "{client}");
        assert_eq!(shown["scopes"], json!(["openid", "profile", "read"]), "{client}");
    }
}

fn session(uid: &str, context: &Value) -> Value {
    json!({
        "payload": {
            "uid": uid, "iat": 1_750_000_000, "exp": 1_760_000_000, "loginTs": 1_750_000_000,
            "accountId": "alice0000001", "authorizations": {},
        },
        "lastSubmission": { "signInContext": context, "verificationRecords": [] },
    })
}

#[tokio::test]
async fn b44_programs_of_2026_get_names_a_user_would_say() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let programs: Vec<Value> = serde_json::from_str(include_str!("fixtures/user-agents.json")).unwrap();
    let sessions = programs
        .iter()
        .map(|case| session(case["program"].as_str().unwrap(), &json!({ "userAgent": case["user_agent"] })));
    let sessions: Vec<Value> = sessions.collect();
    stage.fault("/sessions", "GET", FaultAction::Status(200, Some(json!({ "sessions": sessions }))), None);
    let listed = app.sessions().await;
    let shown = listed.body["sessions"].as_array().unwrap();
    assert!(shown.len() > 60, "{}", listed.text);
    for program in programs {
        let device = &shown.iter().find(|session| session["id"] == program["program"]).unwrap()["device"];
        let wanted = json!({
            "kind": program["kind"], "browser": program["browser"], "system": program["system"],
        });
        assert_eq!(device, &wanted, "{}", program["program"]);
    }
}

#[tokio::test]
async fn b44_places_and_programs_of_sessions_are_our_texts() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let context = |city: &str, country: &str, agent: &str| json!({ "city": city, "country": country, "userAgent": agent, "ip": "::ffff:203.0.113.77" });
    let sessions = [
        session(
            "plain",
            &context(
                "Vienna",
                "AT",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
        ),
        session("stranger", &context("see canary.example", "AT", CANARY)),
        session("phone", &context("call 15550004567", "\u{202E}AT", "SoftBank/1.0/canary.example/TJ001")),
    ];
    stage.fault("/sessions", "GET", FaultAction::Status(200, Some(json!({ "sessions": sessions }))), None);
    let listed = app.sessions().await;
    let shown = |id: &str| {
        let sessions = listed.body["sessions"].as_array().unwrap();
        let one = sessions.iter().find(|one| one["id"] == id).unwrap();
        json!([one["place"], one["device"]["browser"], one["device"]["system"], one["ip"]])
    };
    assert_eq!(shown("plain"), json!(["Vienna, AT", "Firefox 140", "Linux", "203.0.113.…"]));
    assert_eq!(shown("stranger"), json!(["AT", null, null, "203.0.113.…"]));
    assert_eq!(shown("phone"), json!(["AT", null, null, "203.0.113.…"]));
    assert!(!listed.text.contains("canary"), "{}", listed.text);
}

#[tokio::test]
async fn b9_name_of_another_user_is_cleaned_and_bounded() {
    let stage = Stage::new().await;
    let name = format!("Mallory\u{202E}\u{200B}\n{}", "n".repeat(500));
    stage.sandbox.patch_user("bob", &json!({ "name": name }));
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::patch("/username", change("username", "alice", "x"))).await;
    let id_token = app.fresh_id_token_by(&nonce, &crate::support::app::by_password("bob")).await;
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await;
    assert_eq!(answer.outcome(), (403, "step_up_other_person"), "{}", answer.text);
    // A sign-in that requested only the scope `openid`: it may give no name. Then there is nothing to be cleaned.
    let shown = answer.body["detail"]["name"].as_str().unwrap_or_default();
    assert!(shown.chars().count() <= 64 && !shown.contains(['\u{202E}', '\u{200B}', '\n']), "{shown:?}");
    let mut claims = crate::step_up::claims_of(&id_token);
    claims["name"] = json!(name);
    let forged = stage.mint(&claims, &json!({ "typ": null }));
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": forged })).await;
    assert_eq!(
        answer.body["detail"]["name"],
        json!(format!("Mallory {}…", "n".repeat(55))),
        "{}",
        answer.text
    );
    // A tenant can give these claims any type.
    for (claim, value) in [("name", json!(5)), ("email", json!({ "verified": "x" })), ("sid", json!(7))] {
        claims[claim] = value;
        let unusual = stage.mint(&claims, &json!({ "typ": null }));
        let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": unusual })).await;
        assert_eq!(answer.outcome(), (403, "step_up_other_person"), "{claim}: {}", answer.text);
    }
}

#[tokio::test]
async fn b44_names_of_organisations_are_cleaned_and_bounded() {
    let stage = Stage::new().await;
    stage.sandbox.set_user_organizations(
        "alice",
        &[json!({
            "id": "org1", "name": "Acme\u{202E}\u{2028}", "description": "d".repeat(5_000),
            "organizationRoles": [{ "id": "role1", "name": "\u{3164}" }],
        })],
    );
    let answer = stage.get("/memberships", &stage.token("alice", ALL_SCOPES)).await;
    let organization = &answer.body["organizations"][0];
    assert_eq!(organization["name"], "Acme", "{}", answer.text);
    assert_eq!(organization["roles"], json!(["role1"]));
    assert_eq!(organization["description"].as_str().unwrap().chars().count(), 512);
}
