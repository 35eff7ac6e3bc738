//! B20 for linked social accounts: the process is killed before and after each of its calls, and started again on the same
//! records.

use logto_sandbox::{Options, ProviderAccount};
use reqwest::Method;
use serde_json::{Value, json};

use crate::social_link::{VERIFIER, begin_call, come_back, finish_call};
use crate::support::app::secret;
use crate::support::crash::{Moment, READ, World, around};
use crate::support::read;

const LINK: [Moment; 2] = around("POST", "/api/users/alice0000001/identities");
const UNLINK: [Moment; 2] = around("DELETE", "/api/users/alice0000001/identities/");
const TOKEN: [Moment; 2] = around("POST", "provider:/corp-id/token");
const RESTORE: [Moment; 2] = around("PUT", "/api/users/alice0000001/identities/");

async fn world() -> World {
    World::with(Options { social: true, ..Options::default() }).await
}

fn account(world: &World) -> Value {
    world.sandbox.user_json("alice0000001")["identities"]["github"]["userId"].clone()
}

/// Begins a link, lets a browser come back, and returns the body that finishes it.
async fn answered(world: &World, target: &str) -> Value {
    let body = begin_call(target, Value::Null).body.unwrap();
    let request = |grant: Option<&str>| world.request(Method::POST, "/social/link", &body, grant);
    let grant = world.grant_after(&read(request(None)).await).await;
    let begun = read(request(Some(&grant))).await;
    let uri = begun.body["authorization_uri"].as_str().unwrap();
    let person = ProviderAccount { id: "account-42".to_owned(), ..ProviderAccount::default() };
    let back = world.sandbox.providers().continue_as(uri, &person).await.unwrap();
    let link = come_back(&back.url).await;
    assert_eq!(finish_call(&link).body.unwrap()["verifier"], secret(VERIFIER));
    finish_call(&link).body.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_an_account_is_linked_it_is_or_not() {
    for moment in [READ, LINK].concat() {
        let case = format!("{moment:?}");
        let world = world().await;
        let body = answered(&world, "github").await;
        let finish = |world: &World| world.request(Method::POST, "/social/link/finish", &body, None);
        let asked = finish(&world);
        let is_linked = moment.wrote();
        let world = world.kill_at(moment, asked, |world| !is_linked || !account(world).is_null()).await;
        assert_eq!(account(&world).is_null(), !is_linked, "{case}");
        world.assert_settled(moment, &case).await;
        // The answer is still there: what was not linked is linked now, and nothing is linked twice.
        let again = read(finish(&world)).await;
        let wanted = if is_linked { (409, "conflict") } else { (200, "") };
        assert_eq!(again.outcome(), wanted, "{case}: {}", again.text);
        assert_eq!(account(&world), "account-42", "{case}");
        world.end();
    }
}

/// The server exchanges the code itself. One that was exchanged, without a record of it, is lost; an account that was recorded is
/// not.
#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_it_exchanges_a_code_nothing_is_linked_twice() {
    for moment in [TOKEN, RESTORE].concat() {
        let case = format!("{moment:?}");
        let world = world().await;
        let body = answered(&world, "corp-id").await;
        let finish = |world: &World| world.request(Method::POST, "/social/link/finish", &body, None);
        let corp = |world: &World| {
            world.sandbox.user_json("alice0000001")["identities"]["corp-id"]["userId"].clone()
        };
        let asked = finish(&world);
        let is_linked = moment.wrote();
        let world = world.kill_at(moment, asked, |world| !is_linked || !corp(world).is_null()).await;
        assert_eq!(corp(&world).is_null(), !is_linked, "{case}");
        let is_exchanged = moment.path == TOKEN[1].path && moment.after;
        let wanted = match (is_linked, is_exchanged) {
            (true, _) => (409, "conflict"),
            (_, true) => (422, "social_provider_failed"),
            _ => (200, ""),
        };
        let again = read(finish(&world)).await;
        assert_eq!(again.outcome(), wanted, "{case}: {}", again.text);
        assert_eq!(corp(&world).is_null(), is_exchanged, "{case}");
        world.end();
    }
}

/// Links alice's account, and returns its key.
async fn linked(world: &World) -> Value {
    let linked = json!({ "github": { "userId": "account-42", "details": { "name": "Alice" } } });
    world.sandbox.patch_user("alice0000001", &json!({ "identities": linked }));
    listed(world).await["accounts"][0]["key"].clone()
}

async fn listed(world: &World) -> Value {
    read(world.request(Method::GET, "/social", &Value::Null, None)).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_an_account_is_unlinked_it_is_or_not() {
    for moment in [READ, UNLINK].concat() {
        let case = format!("{moment:?}");
        let world = world().await;
        let body = json!({ "target": "github", "key": linked(&world).await });
        let unlink =
            |world: &World, grant: Option<&str>| world.request(Method::POST, "/social/unlink", &body, grant);
        let grant = world.grant_after(&read(unlink(&world, None)).await).await;
        let asked = unlink(&world, Some(&grant));
        let is_gone = moment.wrote();
        let world = world.kill_at(moment, asked, |world| !is_gone || account(world).is_null()).await;
        assert_eq!(account(&world).is_null(), is_gone, "{case}");
        world.assert_settled(moment, &case).await;
        // What was removed can be restored.
        let former = listed(&world).await["former"].clone();
        assert_eq!(former.as_array().unwrap().len(), usize::from(is_gone), "{case}: {former}");
        world.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_an_account_is_restored_it_is_or_not() {
    for moment in [READ, RESTORE].concat() {
        let case = format!("{moment:?}");
        let world = world().await;
        let body = json!({ "target": "github", "key": linked(&world).await });
        let unlink = |grant: Option<&str>| world.request(Method::POST, "/social/unlink", &body, grant);
        let grant = world.grant_after(&read(unlink(None)).await).await;
        assert_eq!(read(unlink(Some(&grant))).await.status, 200, "{case}");
        let body = json!({ "key": body["key"] });
        let restore =
            |world: &World, grant: Option<&str>| world.request(Method::POST, "/social/restore", &body, grant);
        let grant = world.grant_after(&read(restore(&world, None)).await).await;
        let asked = restore(&world, Some(&grant));
        let is_back = moment.wrote();
        let world = world.kill_at(moment, asked, |world| !is_back || !account(world).is_null()).await;
        assert_eq!(account(&world).is_null(), !is_back, "{case}");
        world.assert_settled_after(&["done"], moment, &case).await;
        let former = listed(&world).await["former"].clone();
        assert_eq!(former.as_array().unwrap().len(), usize::from(!is_back), "{case}: {former}");
        world.end();
    }
}
