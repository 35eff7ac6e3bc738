//! Everything that is signed in as alice, read from the sandbox, and the requests that end some of it.

use std::collections::{BTreeMap, BTreeSet};

use logto_sandbox::{Browser, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use super::app::sign_in;
use super::client;

/// The path of alice in the Management API.
pub(crate) const ALICE: &str = "/api/users/alice0000001";

/// What Logto holds: sessions with their grants, and all grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    sessions: BTreeMap<String, BTreeSet<String>>,
    grants: BTreeSet<String>,
}

/// What a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// One other session.
    Session,
    /// One grant that no session names.
    Grant,
    /// Everything but the app's own.
    Others,
}

pub(crate) const EVERY: [What; 3] = [What::Session, What::Grant, What::Others];

/// A request that ends something, and what must be gone afterwards.
pub(crate) struct Outcome {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
    /// Sessions, which go first, and grants that no session names.
    pub(crate) revoked: [Vec<String>; 2],
    before: SignedIn,
}

/// Signs alice in four more times: two sessions, and two grants whose sessions are gone because another user signed in
/// over them.
pub(crate) async fn crowd(sandbox: &Sandbox, resource: &str) {
    for _ in 0..2 {
        sign_in(sandbox, &client(), &sandbox.browser(), "alice", resource).await;
    }
    for _ in 0..2 {
        let browser: Browser = sandbox.browser();
        sign_in(sandbox, &client(), &browser, "alice", resource).await;
        sign_in_over(sandbox, &browser).await;
    }
}

/// Bob signs in over alice: her session is gone, its grants are not.
pub(crate) async fn sign_in_over(sandbox: &Sandbox, browser: &Browser) {
    let extra = [("scope", "openid"), ("prompt", "login"), ("max_age", "0"), ("nonce", "bob's")];
    super::app::authorize(sandbox, &client(), browser, &super::app::by_password("bob"), &extra).await;
}

impl SignedIn {
    pub(crate) fn read(sandbox: &Sandbox) -> Self {
        Self { sessions: sandbox.sessions("alice0000001"), grants: sandbox.grants("alice0000001") }
    }

    /// Without these sessions and their grants, and without these grants.
    pub(crate) fn without<'a>(&self, ended: impl IntoIterator<Item = &'a String>) -> Self {
        let mut left = self.clone();
        for id in ended {
            left.grants.remove(id);
            for grant in left.sessions.remove(id).unwrap_or_default() {
                left.grants.remove(&grant);
            }
        }
        left
    }

    /// Whether these ids, in any order, are all of it.
    pub(crate) fn is(&self, sessions: &[String], grants: &[String]) -> bool {
        let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
        set(sessions) == self.sessions.keys().cloned().collect() && set(grants) == self.grants
    }

    /// Whether a session or a grant of this id exists.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.sessions.contains_key(id) || self.grants.contains(id)
    }

    fn orphans(&self) -> Vec<String> {
        let named: BTreeSet<&String> = self.sessions.values().flatten().collect();
        self.grants.iter().filter(|grant| !named.contains(grant)).cloned().collect()
    }
}

impl Outcome {
    /// Returns what a request would end now. `own` is the session that the app belongs to.
    pub(crate) fn of(what: What, sandbox: &Sandbox, own: &str) -> Self {
        let before = SignedIn::read(sandbox);
        let others: Vec<String> = before.sessions.keys().filter(|id| *id != own).cloned().collect();
        let orphans = before.orphans();
        assert_eq!((others.len(), orphans.len()), (2, 2));
        let (method, path, revoked) = match what {
            What::Session => {
                (Method::DELETE, format!("/sessions/{}", others[0]), [vec![others[0].clone()], vec![]])
            }
            What::Grant => {
                (Method::DELETE, format!("/grants/{}", orphans[0]), [vec![], vec![orphans[0].clone()]])
            }
            What::Others => (Method::POST, "/sessions/end-others".to_owned(), [others, orphans]),
        };
        Self { method, path, body: json!({}), revoked, before }
    }

    /// Returns its stages: sessions, then grants, without those that have nothing to do.
    pub(crate) fn stages(&self) -> impl Iterator<Item = &Vec<String>> {
        self.revoked.iter().filter(|stage| !stage.is_empty())
    }

    /// Returns everything that is ended before this stage begins.
    pub(crate) fn until(&self, stage: &[String]) -> Vec<String> {
        let before = self.revoked.iter().take_while(|revoked| revoked.as_slice() != stage);
        before.flatten().cloned().collect()
    }

    /// Returns what is signed in once these are ended, and nothing else.
    pub(crate) fn after<'a>(&self, ended: impl IntoIterator<Item = &'a String>) -> SignedIn {
        self.before.without(ended)
    }

    /// Returns what is signed in once all is ended but this one: of a session that Logto did not end the grants are
    /// gone.
    pub(crate) fn whole_but(&self, stuck: &str) -> SignedIn {
        let mut held = self.whole();
        if let Some(grants) = self.before.sessions.get(stuck) {
            held.sessions.insert(stuck.to_owned(), grants.clone());
        } else {
            held.grants.insert(stuck.to_owned());
        }
        held
    }

    /// Returns what the audit log says when Logto holds this and nothing more comes; `nothing` is its result where
    /// nothing was done.
    pub(crate) fn outcome(&self, held: &SignedIn, nothing: &'static str) -> &'static str {
        match held {
            held if *held == self.whole() => "done",
            held if *held == self.before => nothing,
            _ => "partly",
        }
    }

    /// Returns what is signed in once all of it is ended.
    pub(crate) fn whole(&self) -> SignedIn {
        self.after(self.revoked.iter().flatten())
    }
}

/// Returns the last member of a path.
pub(crate) fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Returns the ids in the paths of every `DELETE` that Logto got, sorted.
pub(crate) fn deleted(sandbox: &Sandbox) -> BTreeSet<String> {
    let log = sandbox.request_log();
    let deletes = log.iter().filter(|request| request.method == "DELETE" && request.path.starts_with(ALICE));
    deletes.map(|request| id_of(&request.path)).collect()
}

/// Returns how often alice's sessions were requested from Logto.
pub(crate) fn looks(sandbox: &Sandbox) -> usize {
    let path = format!("{ALICE}/sessions");
    sandbox.request_log().iter().filter(|request| request.method == "GET" && request.path == path).count()
}
