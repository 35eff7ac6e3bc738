//! The budgets, each at its limit.

use account_api::error::Detail;
use logto_client::UserId;

use super::*;
use crate::store::limits::refund;
use crate::store::tests::FakeClock;

const PHONE: Recipient<'static> = Recipient::Phone { digits: "4915112345678", country: Some(Country::DE) };

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// Instead of a wait, where nothing is sent or compared and the user must not learn that.
const DECOY: u32 = u32::MAX;

/// Returns 0 when it was allowed, otherwise the seconds to wait.
fn wait<T>(outcome: Result<T, Failure>) -> u32 {
    match outcome {
        Ok(_) => 0,
        Err(Failure {
            code: account_api::error::ServerCode::RateLimited,
            detail: Some(Detail::RetryAfter { seconds }),
            ..
        }) => seconds,
        Err(failure) => panic!("{failure:?}"),
    }
}

struct Stage {
    store: Store,
    budgets: Budgets,
    clock: FakeClock,
}

impl Stage {
    async fn new() -> Self {
        let clock = FakeClock::new();
        Self { store: Store::in_memory(&clock).await, budgets: Budgets::default(), clock }
    }

    async fn send(&self, by: &str, to: Recipient<'_>, ip: Option<IpAddr>, address: Ownership) -> u32 {
        let owner = CodeOwner { user: &user(by), address, ip };
        match code_send(&self.store, &self.budgets, &owner, to).await {
            Ok(Sending::Decoy) => DECOY,
            outcome => wait(outcome),
        }
    }

    async fn mail(&self, by: &str, to: &str) -> u32 {
        self.send(by, Recipient::Email(to), None, Ownership::New).await
    }

    async fn own_mail(&self, by: &str, to: &str) -> u32 {
        self.send(by, Recipient::Email(to), None, Ownership::Present).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance_ms(seconds * 1_000);
    }
}

#[tokio::test]
async fn b12_codes_to_one_recipient_are_limited_over_all_users() {
    let stage = Stage::new().await;
    for by in ["a", "b", "c"] {
        assert_eq!(stage.mail(by, "x@example.test").await, 0);
    }
    assert_eq!(stage.mail("d", "x@example.test").await, DECOY, "others' sends are not disclosed");
    assert_eq!(stage.mail("d", "y@example.test").await, 0);
    for round in 0..7 {
        stage.pass(600);
        assert_eq!(stage.mail("a", "x@example.test").await, 0, "{round}");
    }
    stage.pass(600);
    assert_eq!(stage.mail("a", "x@example.test").await, DECOY, "ten in a day");
}

#[tokio::test]
async fn b12_own_sends_over_budget_return_the_wait() {
    let stage = Stage::new().await;
    for _ in 0..3 {
        assert_eq!(stage.mail("a", "x@example.test").await, 0);
    }
    assert_eq!(stage.mail("a", "x@example.test").await, 600);
    for _ in 0..3 {
        assert_eq!(stage.own_mail("b", "x@example.test").await, 0, "the owner has a budget of their own");
    }
    assert_eq!(stage.own_mail("b", "x@example.test").await, 600);
}

#[tokio::test]
async fn r29_stranger_keeps_a_recipient_once_a_day() {
    let stage = Stage::new().await;
    let ask = async |by: &str| {
        let by = user(by);
        let owner = CodeOwner { user: &by, address: Ownership::New, ip: None };
        match code_send(&stage.store, &stage.budgets, &owner, Recipient::Email("x@example.test")).await {
            Ok(Sending::Real { keeps_others_out, .. }) => keeps_others_out,
            outcome => panic!("{outcome:?}"),
        }
    };
    assert!(ask("a").await);
    stage.pass(600);
    assert!(!ask("a").await);
    assert!(ask("b").await, "each stranger once");
    stage.pass(24 * 60 * 60);
    assert!(ask("a").await);
}

#[tokio::test]
async fn b12_present_and_new_addresses_have_separate_code_budgets() {
    let stage = Stage::new().await;
    for number in 0..5 {
        assert_eq!(stage.mail("a", &format!("{number}@example.test")).await, 0);
    }
    assert_eq!(stage.mail("a", "more@example.test").await, 600);
    assert_eq!(stage.own_mail("a", "own@example.test").await, 0, "the address they have still gets one");
    assert_eq!(stage.mail("b", "more@example.test").await, 0, "and so does another user");
}

#[tokio::test]
async fn b12_codes_from_one_network_and_overall() {
    let mut stage = Stage::new().await;
    stage.budgets.code_sends_per_ip.truncate(1);
    stage.budgets.code_sends_per_ip[0].most = 2;
    stage.budgets.code_sends_overall[0].most = 6;
    let send = async |number: u8, from: &str| {
        let (by, to) = (format!("u{number}"), format!("{number}@example.test"));
        stage.send(&by, Recipient::Email(&to), ip(from), Ownership::New).await
    };
    assert_eq!((send(1, "192.0.2.1").await, send(2, "::ffff:192.0.2.1").await), (0, 0));
    assert_eq!(send(3, "192.0.2.1").await, 600);
    assert_eq!(send(3, "192.0.2.2").await, 0);
    assert_eq!((send(4, "2001:db8:1:2::1").await, send(5, "2001:db8:1:2:ffff::9").await), (0, 0));
    assert_eq!(send(6, "2001:db8:1:2:3::").await, 600, "one /64");
    assert_eq!(send(6, "2001:db8:1:3::1").await, 0);
    assert_eq!(send(7, "192.0.2.77").await, 600, "six in all");
}

#[tokio::test]
async fn b12_sms_are_stricter_and_go_to_listed_countries_only() {
    let mut stage = Stage::new().await;
    for number in 0..3 {
        let digits = format!("491511234567{number}");
        let to = Recipient::Phone { digits: &digits, country: None };
        assert_eq!(stage.send("a", to, None, Ownership::New).await, 0);
    }
    assert_eq!(stage.send("a", PHONE, None, Ownership::New).await, 600);
    assert_eq!(
        stage.send("a", PHONE, None, Ownership::Present).await,
        0,
        "the number they have still gets one"
    );
    assert_eq!(stage.mail("a", "x@example.test").await, 0, "mail still goes");

    let served = |countries: &[&str], to: Recipient<'_>| {
        to.is_served(Some(&countries.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()))
    };
    assert!(PHONE.is_served(None), "without a list, everywhere");
    let unknown = Recipient::Phone { digits: "4915112345678", country: None };
    for (countries, to, wanted) in [
        (&[][..], PHONE, false),
        (&[], Recipient::Email("x@example.test"), true),
        (&["DE"], PHONE, true),
        (&["AT", "49"], PHONE, true),
        (&["AT"], PHONE, false),
        (&["43", "1"], PHONE, false),
        (&["DE"], unknown, false),
        (&["49"], unknown, true),
        (&["AT"], Recipient::Email("x@example.test"), true),
    ] {
        assert_eq!(served(countries, to), wanted, "{countries:?}");
    }
    stage.budgets.sms_countries = Some(vec!["AT".to_owned()]);
    let by = user("b");
    let owner = CodeOwner { user: &by, address: Ownership::New, ip: None };
    let refused = code_send(&stage.store, &stage.budgets, &owner, PHONE).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.field.as_deref()),
        (account_api::error::ServerCode::InvalidValue, Some("number"))
    );
}

async fn attempt(stage: &Stage, by: &str, to: &str, transaction: &str, address: Ownership) -> u32 {
    let by = user(by);
    let owner = CodeOwner { user: &by, address, ip: None };
    match code_try(&stage.store, &stage.budgets, &owner, Recipient::Email(to), transaction).await {
        Ok(CodeTry::Decoy) => DECOY,
        outcome => wait(outcome),
    }
}

#[tokio::test]
async fn b13_tries_are_limited_by_code_address_and_user() {
    let stage = Stage::new().await;
    let attempt = async |by: &str, to: &str, transaction: &str| {
        attempt(&stage, by, to, transaction, Ownership::New).await
    };
    for _ in 0..5 {
        assert_eq!(attempt("a", "x@example.test", "t1").await, 0);
    }
    assert_eq!(attempt("a", "x@example.test", "t1").await, 3_600);
    for number in 0..5 {
        let by = format!("b{number}");
        assert_eq!(attempt(&by, "x@example.test", &by).await, 0);
    }
    assert_eq!(attempt("c", "x@example.test", "t2").await, DECOY, "ten at one address, whoever tries");
    for number in 5..20 {
        let (to, transaction) = (format!("{number}@example.test"), format!("t{number}"));
        assert_eq!(attempt("a", &to, &transaction).await, 0, "{number}");
    }
    assert_eq!(attempt("a", "fresh@example.test", "fresh").await, 3_600, "twenty of one user");
    assert_eq!(attempt("z", "fresh@example.test", "fresh").await, 0);
}

#[tokio::test]
async fn r29_strangers_tries_leave_the_owners_alone() {
    let stage = Stage::new().await;
    for number in 0..10 {
        let by = format!("b{number}");
        assert_eq!(attempt(&stage, &by, "x@example.test", &by, Ownership::New).await, 0);
    }
    assert_eq!(attempt(&stage, "owner", "x@example.test", "own", Ownership::Present).await, 0);
}

#[tokio::test]
async fn b13_user_names_are_tried_ten_times_an_hour() {
    let stage = Stage::new().await;
    let attempt = async || wait(username_try(&stage.store, &stage.budgets, &user("a")).await);
    for _ in 0..10 {
        assert_eq!(attempt().await, 0);
    }
    assert_eq!(attempt().await, 3_600);
    stage.pass(3_600);
    assert_eq!(attempt().await, 0);
}

#[tokio::test]
async fn b14_password_tries_are_limited_by_user_and_network() {
    let stage = Stage::new().await;
    let attempt = async |by: &str, from: &str| {
        wait(password_try(&stage.store, &stage.budgets, &user(by), ip(from)).await)
    };
    for from in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"] {
        assert_eq!(attempt("a", from).await, 0);
    }
    assert_eq!(attempt("a", "192.0.2.6").await, 900);
    stage.pass(900);
    for _ in 0..5 {
        assert_eq!(attempt("a", "192.0.2.6").await, 0);
    }
    stage.pass(900);
    assert_eq!(attempt("a", "192.0.2.6").await, 1_800, "ten in an hour");
    stage.pass(1_800);
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(attempt("a", "192.0.2.6").await, 0);
        }
        stage.pass(1_800);
    }
    assert_eq!(attempt("a", "192.0.2.6").await, 86_400 - 7_200, "twenty in a day");

    for number in 0..30 {
        assert_eq!(attempt(&format!("b{number}"), "198.51.100.1").await, 0);
    }
    assert_eq!(attempt("c", "198.51.100.1").await, 900);
    assert_eq!(attempt("c", "198.51.100.2").await, 0);
    let right = password_try(&stage.store, &stage.budgets, &user("d"), None).await.unwrap();
    refund(&stage.store, right).await.unwrap();
    for _ in 0..5 {
        assert_eq!(wait(password_try(&stage.store, &stage.budgets, &user("d"), None).await), 0);
    }
}

#[tokio::test]
async fn b14_without_the_store_nothing_may_be_tried() {
    let stage = Stage::new().await;
    let gone = crate::store::Statement::new("DROP TABLE limits", []);
    stage.store.database.execute(gone).await.unwrap();
    let failure = password_try(&stage.store, &stage.budgets, &user("a"), None).await.unwrap_err();
    assert_eq!(failure.status(), 503);
}
