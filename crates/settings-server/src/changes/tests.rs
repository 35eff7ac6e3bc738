//! Changes on both databases, and the test stage that the tests of the audit log and of the outbox share.

mod intents;

use std::sync::Arc;

use logto_client::{Clock, UserId};
use logto_sandbox::{Fault, FaultAction, Options, Sandbox};

use super::run::Sender;
use crate::audit_log::AuditContext;
use crate::auth::instances::Introduced;
use crate::config::{Config, Smtp};
use crate::server::connect;
use crate::state::{AppState, RequestIds};
use crate::store::databases::Place;
use crate::store::tests::{FakeClock, configuration};
use crate::store::{Statement, Store};

impl Sender for AuditContext {
    fn audit(&self) -> &AuditContext {
        self
    }
}

/// A sandbox and the state of a server in front of it.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: FakeClock,
    pub(crate) state: Arc<AppState>,
}

impl Stage {
    pub(crate) async fn new(place: &Place) -> Self {
        let clock = FakeClock::new();
        let options = Options { start_at: Some(clock.now_unix_ms()), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        sandbox.clock().freeze();
        let state = replica(&sandbox, place, &clock, true).await;
        Self { sandbox, clock, state }
    }

    pub(crate) fn fault(&self, path: &str, method: &str, action: FaultAction, times: Option<u32>) {
        let method = (!method.is_empty()).then(|| method.to_owned());
        self.sandbox.faults().push(Fault { path_contains: path.to_owned(), method, action, times });
    }

    pub(crate) fn alice(&self) -> AuditContext {
        context(&self.sandbox.user_id("alice"))
    }
}

/// Creates a server's state; several of one database are replicas.
pub(crate) async fn replica(
    sandbox: &Sandbox,
    place: &Place,
    clock: &FakeClock,
    with_mail: bool,
) -> Arc<AppState> {
    let mut config = Config::for_loopback(
        &sandbox.base_url(),
        &sandbox.m2m_client_id(),
        &sandbox.m2m_client_secret(),
        &sandbox.native_client_id(),
    );
    config.store = configuration(place, &[1]);
    config.smtp = with_mail.then(|| Smtp::for_loopback(sandbox.smtp_address()));
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let upstreams = connect(&config, Arc::clone(&clock)).unwrap();
    let store = Store::open(&config.store, clock).await.unwrap();
    Arc::new(AppState::new(config, upstreams, store, RequestIds::new(1)))
}

pub(crate) fn context(user: &str) -> AuditContext {
    AuditContext {
        user: UserId::parse(user).unwrap(),
        client: "native".to_owned(),
        instance: Some("0123456789abcdef".to_owned()),
        introduced: Introduced::default(),
        shows_grant: false,
        ip: Some([192, 0, 2, 77].into()),
        device: "Latchkey 0.1.0".to_owned(),
        request: "request-1".to_owned(),
    }
}

/// Returns one column of every row, as text.
pub(crate) async fn column(store: &Store, sql: &'static str) -> Vec<String> {
    let rows = store.database.rows(Statement::new(sql, [])).await.unwrap();
    rows.iter().map(|row| row.optional_text(0).unwrap().unwrap_or("NULL").to_owned()).collect()
}

pub(crate) async fn count(store: &Store, sql: &'static str) -> i64 {
    store.database.rows(Statement::new(sql, [])).await.unwrap()[0].integer(0).unwrap()
}
