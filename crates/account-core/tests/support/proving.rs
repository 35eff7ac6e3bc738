//! A settings server that requires proofs, as the contract of step-up and sessions says, in front of the sandbox's
//! issuer: it tests the core's own part independently of the real server.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use account_core::App;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::World;
use super::http::{Answer, Asked, Scripted};
use super::scripts::{account, settings_server};

type Before = dyn Fn(&Asked) -> Option<Answer> + Send;

#[derive(Default)]
struct Memory {
    /// Each nonce with the purpose it was made for.
    challenges: Vec<(String, String)>,
    /// Each grant with its purpose.
    grants: Vec<(String, String)>,
    /// Answers before the rules do.
    before: Option<Box<Before>>,
    /// How many valid proofs are not enough.
    wants_more: u32,
}

/// The server, and an app in which Alice is signed in through it.
pub(crate) struct Proving {
    pub(crate) world: World,
    pub(crate) app: Arc<App>,
    pub(crate) alice: String,
    server: Scripted,
    memory: Arc<Mutex<Memory>>,
}

impl Proving {
    /// Returns a world in which Alice is signed in.
    pub(crate) async fn new() -> Self {
        let this = Self::signed_out().await;
        this.app.sign_in().await.unwrap();
        this
    }

    /// Returns a world in which the app has started and is signed out.
    pub(crate) async fn signed_out() -> Self {
        let world = World::new().await;
        let alice = world.alice();
        let memory = Arc::new(Mutex::new(Memory::default()));
        let (rules, user) = (Arc::clone(&memory), alice.clone());
        let server = settings_server(&world, move |asked| {
            let mut memory = rules.lock().unwrap();
            let answer = memory.before.as_ref().and_then(|before| before(asked));
            answer.unwrap_or_else(|| memory.answer(&user, asked))
        })
        .await;
        let app = world.app_at(&server.base);
        app.start().await;
        Self { world, app, alice, server, memory }
    }

    /// Ends the app and starts it again on the same machine.
    pub(crate) async fn restart(&mut self) {
        self.app = self.world.app_at(&self.server.base);
        self.app.start().await;
    }

    /// Returns every request to the server so far, except those for metadata.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let mut asked = self.server.asked();
        asked.retain(|asked| !asked.target.starts_with("/.well-known"));
        asked
    }

    /// Returns the requests with this method and target.
    pub(crate) fn asked_for(&self, method: &str, target: &str) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.method == method && asked.target == target);
        asked
    }

    /// Answers before the rules do, where it returns an answer.
    pub(crate) fn before(&self, before: impl Fn(&Asked) -> Option<Answer> + Send + 'static) {
        self.memory.lock().unwrap().before = Some(Box::new(before));
    }

    /// Answers by the rules only again.
    pub(crate) fn by_the_rules(&self) {
        self.memory.lock().unwrap().before = None;
    }

    /// Makes the next valid proof not enough.
    pub(crate) fn want_more(&self) {
        self.memory.lock().unwrap().wants_more = 1;
    }

    /// Expires every grant.
    pub(crate) fn forget_grants(&self) {
        for (grant, purpose) in &mut self.memory.lock().unwrap().grants {
            *purpose = format!("no more {purpose} {grant}");
        }
    }

    /// Returns the nonces of all challenges, the oldest first.
    pub(crate) fn nonces(&self) -> Vec<String> {
        self.memory.lock().unwrap().challenges.iter().map(|(nonce, _)| nonce.clone()).collect()
    }

    /// Returns all grants, the oldest first.
    pub(crate) fn grants(&self) -> Vec<String> {
        self.memory.lock().unwrap().grants.iter().map(|(grant, _)| grant.clone()).collect()
    }

    /// Returns the app instance's secret as the server saw it: the same with every request.
    pub(crate) fn instance(&self) -> String {
        let seen: BTreeSet<Option<String>> =
            self.asked().iter().map(|asked| asked.header("latchkey-instance").map(str::to_owned)).collect();
        let [Some(instance)] = &seen.into_iter().collect::<Vec<_>>()[..] else { panic!("not one instance") };
        instance.clone()
    }
}

impl Memory {
    fn answer(&mut self, alice: &str, asked: &Asked) -> Answer {
        let target = asked.target.as_str();
        match (asked.method.as_str(), target) {
            ("GET" | "PATCH", "/account") => Answer::json(200, &account(alice, "Alice")),
            ("POST", "/sessions/current") => Answer::json(200, &json!({"kind": "known", "id": "s-own"})),
            ("GET", "/sessions") => Answer::json(200, &sessions()),
            ("DELETE", _) => self.guarded(asked, "end_session", &ended()),
            ("POST", "/sessions/end-others") => self.guarded(asked, "end_other_sessions", &ended()),
            ("POST", "/email" | "/phone") => {
                let adds = asked.json()["from"].is_null();
                let purpose = format!("{}_{}", if adds { "add" } else { "change" }, &target[1..]);
                self.guarded(asked, &purpose, &code_sent())
            }
            ("POST", "/email/confirm" | "/phone/confirm") => match code_is_right(&asked.json()) {
                true => Answer::json(200, &account(alice, "Alice Changed")),
                false => refusal(422, "code_wrong", json!({"kind": "tries_left", "tries": 4})),
            },
            ("POST", "/email/remove" | "/phone/remove") => {
                let purpose = format!("remove_{}", &target[1..target.len() - "/remove".len()]);
                self.guarded(asked, &purpose, &account(alice, "Alice Changed"))
            }
            ("PATCH", "/username") => self.guarded(asked, "username", &account(alice, "Alice Changed")),
            ("PUT", "/password") => self.guarded(asked, "password", &account(alice, "Alice Changed")),
            ("POST", _) if target.starts_with("/step-up/") => self.step_up(alice, asked),
            _ => refusal(404, "not_found", Value::Null),
        }
    }

    fn guarded(&mut self, asked: &Asked, purpose: &str, answer: &Value) -> Answer {
        let shown = asked.header("latchkey-grant").unwrap_or_default();
        if self.grants.iter().any(|(grant, of)| grant == shown && of == purpose) {
            return Answer::json(200, answer);
        }
        let nonce = format!("{:0>43}", format!("a-nonce-of-the-server-{}", self.challenges.len()));
        self.challenges.push((nonce.clone(), purpose.to_owned()));
        let methods = json!([
            {"kind": "browser"}, {"kind": "password"}, {"kind": "email", "masked": "a…e@example.test"}
        ]);
        let detail = json!({"kind": "step_up", "purpose": purpose, "methods": methods, "nonce": nonce});
        refusal(401, "step_up_required", detail)
    }

    fn step_up(&mut self, alice: &str, asked: &Asked) -> Answer {
        let body = asked.json();
        let known = self.challenges.iter().find(|(nonce, _)| body["nonce"] == nonce.as_str());
        let Some((_, purpose)) = known.cloned() else { return refusal(403, "step_up_refused", Value::Null) };
        match asked.target.as_str() {
            "/step-up/browser" => {
                let claims = claims(body["id_token"].as_str().unwrap());
                assert_eq!(claims["nonce"], body["nonce"]);
                if claims["sub"] != alice {
                    let detail = json!({"kind": "other_person", "name": "Bob Example"});
                    return refusal(403, "step_up_other_person", detail);
                }
            }
            "/step-up/password" if body["password"] != "Correct-Horse-7" => {
                return refusal(403, "password_wrong", Value::Null);
            }
            "/step-up/password" => {}
            "/step-up/code" => return Answer::json(200, &code_sent()),
            "/step-up/code/confirm" if !code_is_right(&body) => {
                return refusal(422, "code_wrong", json!({"kind": "tries_left", "tries": 4}));
            }
            _ => {}
        }
        if self.wants_more > 0 {
            self.wants_more -= 1;
            let methods = json!([{"kind": "email", "masked": "a…e@example.test"}]);
            return Answer::json(200, &json!({"kind": "more", "methods": methods}));
        }
        let grant = format!("{:0>43}", format!("a-grant-of-the-server-{}", self.grants.len()));
        self.grants.push((grant.clone(), purpose));
        Answer::json(200, &json!({"kind": "granted", "grant": grant, "expires_at": 0}))
    }
}

/// Returns an error of the settings server; `detail` may be null.
pub(crate) fn refusal(status: u16, code: &str, detail: Value) -> Answer {
    let mut body = json!({"code": code, "message": "", "request_id": "r-1"});
    if !detail.is_null() {
        body["detail"] = detail;
    }
    Answer::json(status, &body)
}

fn code_sent() -> Value {
    json!({"transaction": "t-1", "masked": "a…e@example.test", "expires_in": 2, "resend_in": 1})
}

fn code_is_right(body: &Value) -> bool {
    body["transaction"] == "t-1" && body["code"] == "123456"
}

fn ended() -> Value {
    json!({"sessions_ended": 1, "grants_ended": 1, "remaining": [], "present": sessions()})
}

fn sessions() -> Value {
    let device = json!({"kind": "computer", "browser": "Firefox 140", "system": "Linux"});
    let session = json!({
        "id": "s-own", "device": device, "ip": "203.0.113.…", "place": null, "started_at": 1,
        "signed_in_at": 2, "expires_at": 3, "apps": ["Latchkey"]
    });
    let grant = json!({
        "id": "g-own", "app": "Latchkey", "third_party": false, "scopes": ["openid"], "granted_at": 1,
        "expires_at": 3, "session": "s-own", "current": true
    });
    json!({"current": {"kind": "known", "id": "s-own"}, "sessions": [session], "grants": [grant]})
}

/// Returns the claims of a token, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
