//! The e-mail address and the phone number of alice, and how each is changed.

use serde_json::{Value, json};

use super::app::{App, Call};
use super::{Answer, Stage};

/// One identifier: the e-mail address or the phone number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name in the account and the field policy.
    pub(crate) field: &'static str,
    /// Its name in Logto.
    pub(crate) stored: &'static str,
    /// The member of a request.
    pub(crate) member: &'static str,
    pub(crate) present: &'static str,
    /// A new value as it is typed and as it is stored.
    pub(crate) typed: &'static str,
    pub(crate) new: &'static str,
    /// Another new value.
    pub(crate) other: &'static str,
    /// Bob's value, as it is typed.
    pub(crate) bobs: &'static str,
}

pub(crate) const EMAIL: Kind = Kind {
    field: "email",
    stored: "primaryEmail",
    member: "address",
    present: "alice@example.test",
    typed: " Alice.New@Example.TEST ",
    new: "Alice.New@example.test",
    other: "other@example.test",
    bobs: "bob@example.test",
};

pub(crate) const PHONE: Kind = Kind {
    field: "phone",
    stored: "primaryPhone",
    member: "number",
    present: "15550000001",
    typed: "+1 (555) 000-0009",
    new: "15550000009",
    other: "+15550000007",
    bobs: "+15550000002",
};

pub(crate) const BOTH: [Kind; 2] = [EMAIL, PHONE];

impl Kind {
    /// Requests a code to an address.
    pub(crate) fn set(&self, from: impl Into<Value>, to: &str) -> Call {
        Call::post(&format!("/{}", self.field), json!({ "from": from.into(), self.member: to }))
    }

    pub(crate) fn confirm(&self, sent: &Answer, code: &str) -> Call {
        let body = json!({ "transaction": sent.body["transaction"], "code": code });
        Call::post(&format!("/{}/confirm", self.field), body)
    }

    pub(crate) fn remove(&self, from: &str) -> Call {
        Call::post(&format!("/{}/remove", self.field), json!({ "from": from }))
    }

    /// Requests a code, with a proof where it is required.
    pub(crate) async fn send(&self, app: &App<'_>, to: &str) -> Answer {
        let call = self.set(self.of(app), to);
        let mut sent = app.call(&call).await;
        if sent.code() == "step_up_required" {
            sent = app.call(&call.with_grant(&app.grant(&call).await)).await;
        }
        assert_eq!(sent.status, 200, "{to}: {}", sent.text);
        sent
    }

    /// Sets a value, with proof and code.
    pub(crate) async fn change(&self, app: &App<'_>, to: &str) -> Answer {
        let sent = self.send(app, to).await;
        app.call(&self.confirm(&sent, &newest_code(app.stage))).await
    }

    /// Returns the value in Logto.
    pub(crate) fn of(&self, app: &App<'_>) -> Value {
        app.stage.sandbox.user_json(&app.user)[self.stored].clone()
    }
}

/// Uses up the tries of a code that a request to `path` has sent, and so the authority that its transaction carries.
pub(crate) async fn burn(app: &App<'_>, path: &str, sent: &Answer) {
    let code = wrong(&newest_code(app.stage));
    let body = json!({ "transaction": sent.body["transaction"], "code": code });
    for _ in 0..5 {
        let answer = app.post(&format!("{path}/confirm"), body.clone()).await;
        assert_eq!(answer.code(), "code_wrong", "{}", answer.text);
    }
}

/// Returns the code of the newest message.
pub(crate) fn newest_code(stage: &Stage) -> String {
    stage.sandbox.outbox().last().unwrap().1.clone()
}

/// Returns six digits that are not the code.
pub(crate) fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '1' { '2' } else { '1' }).collect()
}
