//! Decision 30 and B20: the process is killed around a change that raises the token floor, and started again on the
//! same records. Access tokens from before the change are refused from the restart on. The change is open until Logto
//! is read; from then on those that were issued meanwhile are refused, too, and the app that sent the request keeps
//! its own.

use logto_sandbox::{Fault, FaultAction, Sandbox};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::app::{secret, sign_in};
use crate::support::crash::World;
use crate::support::signed_in::ALICE;
use crate::support::{ALL_SCOPES, client, read};

/// A change that raises the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Password,
    EndOthers,
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Logto got the request and has done nothing.
    BeforeLogto,
    /// Logto has done it and has not answered.
    AfterLogto,
    /// Logto has answered, and gets the request for its time, for the second floor.
    BeforeTheFloor,
}

impl What {
    fn method(self) -> &'static str {
        match self {
            Self::Password => "PATCH",
            Self::EndOthers => "DELETE",
        }
    }

    /// Starts a program, alice's app, and one more browser that she is signed in with.
    async fn world(self) -> World {
        let world = World::start().await;
        world.sign_in().await;
        sign_in(&world.sandbox, &client(), &world.sandbox.browser(), "alice", &world.base_url).await;
        world
    }

    fn request(self, world: &World, grant: Option<&str>) -> RequestBuilder {
        match self {
            Self::Password => {
                world.request(Method::PUT, "/password", &json!({ "password": "Better-Horse-8" }), grant)
            }
            Self::EndOthers => world.request(Method::POST, "/sessions/end-others", &json!({}), grant),
        }
    }

    /// Sends the request with its proof. Later requests to Logto belong to it.
    async fn proven(self, world: &World) -> RequestBuilder {
        let grant = world.grant_after(&read(self.request(world, None)).await).await;
        world.sandbox.clear_request_log();
        self.request(world, Some(&grant))
    }

    fn is_done(self, sandbox: &Sandbox) -> bool {
        match self {
            Self::Password => sandbox.has_password("alice0000001", "Better-Horse-8"),
            Self::EndOthers => sandbox.sessions("alice0000001").len() == 1,
        }
    }

    /// Returns how often Logto got a request about alice. The last one is for the time of the second floor.
    async fn reads(self) -> usize {
        let world = self.world().await;
        assert_eq!(read(self.proven(&world).await).await.status, 200);
        let reads = request_count(&world.sandbox, "GET");
        world.end();
        reads
    }
}

fn request_count(sandbox: &Sandbox, method: &str) -> usize {
    let log = sandbox.request_log();
    log.iter().filter(|request| request.method == method && request.path.starts_with(ALICE)).count()
}

fn fault(sandbox: &Sandbox, method: &str, action: FaultAction, times: u32) {
    let (path_contains, method) = (ALICE.to_owned(), Some(method.to_owned()));
    sandbox.faults().push(Fault { path_contains, method, action, times: Some(times) });
}

/// Returns the status of a read with a token that was issued at this time, in seconds; without an instance, or with
/// the app's. The token is for the program that runs now: each has an address of its own.
async fn reads(world: &World, issued_at: u64, as_the_app: bool) -> u16 {
    let mut claims = world.sandbox.access_token_claims("alice", ALL_SCOPES);
    claims["iat"] = json!(issued_at);
    let token = world.sandbox.mint_access_token(&claims, &json!({}));
    let request = client().get(format!("{}/account", world.base_url)).bearer_auth(token);
    let request = if as_the_app { request.header("latchkey-instance", secret("crash")) } else { request };
    read(request).await.status
}

async fn killed(what: What, moment: Moment) {
    let case = format!("{what:?} {moment:?}");
    let reads_of_all = if moment == Moment::BeforeTheFloor { what.reads().await } else { 0 };
    let world = what.world().await;
    let request = what.proven(&world).await;
    let earlier = world.sandbox.clock().now_unix_s();
    match moment {
        Moment::BeforeLogto => fault(&world.sandbox, what.method(), FaultAction::Hang, 1),
        Moment::AfterLogto => fault(&world.sandbox, what.method(), FaultAction::HangAfter, 1),
        Moment::BeforeTheFloor => {
            let before = u32::try_from(reads_of_all - 1).unwrap();
            fault(&world.sandbox, "GET", FaultAction::Delay(0), before);
            fault(&world.sandbox, "GET", FaultAction::Hang, 1);
        }
    }
    let is_time = |world: &World| match moment {
        Moment::BeforeLogto => request_count(&world.sandbox, what.method()) > 0,
        Moment::AfterLogto => what.is_done(&world.sandbox),
        Moment::BeforeTheFloor => {
            what.is_done(&world.sandbox) && request_count(&world.sandbox, "GET") == reads_of_all
        }
    };
    // Settled later than this test lasts.
    let later = "UPDATE intents SET begun_at = begun_at + 86400000";
    let world = world.restart_when(request, is_time, later).await;
    let is_done = what.is_done(&world.sandbox);
    assert_eq!(is_done, moment != Moment::BeforeLogto, "{case}");

    assert_eq!(reads(&world, earlier, false).await, 401, "{case}: issued before the change");
    assert_eq!(reads(&world, earlier, true).await, 200, "{case}: of the app that sent the request");
    world.sandbox.clock().advance(std::time::Duration::from_secs(2));
    let meanwhile = world.sandbox.clock().now_unix_s();
    assert_eq!(reads(&world, meanwhile, false).await, 200, "{case}: this process does not know yet");
    assert_eq!((world.records.open().await, world.records.results().await.len()), (1, 0), "{case}");

    world.records.run("UPDATE leases SET expires_at = 0").await;
    let mut world = world.restart("UPDATE intents SET begun_at = begun_at - 86400000").await;
    world.wait_until_settled();
    let (status, result) = if is_done { (401, "done") } else { (200, "undone") };
    assert_eq!(reads(&world, meanwhile, false).await, status, "{case}: issued before it was settled");
    assert_eq!(reads(&world, meanwhile, true).await, 200, "{case}: of the app that sent the request");
    assert_eq!(
        (world.records.open().await, world.records.results().await),
        (0, vec![result.to_owned()]),
        "{case}"
    );
    world.assert_chained(&case);
    world.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_killed_before_logto_is_asked_the_floor_is_there() {
    for what in [What::Password, What::EndOthers] {
        killed(what, Moment::BeforeLogto).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_killed_after_logto_did_it_settling_raises_the_floor() {
    for what in [What::Password, What::EndOthers] {
        for moment in [Moment::AfterLogto, Moment::BeforeTheFloor] {
            killed(what, moment).await;
        }
    }
}
