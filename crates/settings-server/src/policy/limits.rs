//! Which budgets an attempt draws on (B12, B13, B14). Each function draws on all of them or on none, and answers 429
//! with the longest wait.
//!
//! Attempts are counted before they are made, so that many at once count, too. One that proved right may be given
//! back: then only wrong ones count.

use std::net::IpAddr;

use account_api::error::Code;
use logto_client::UserId;

use crate::config::{Budgets, Rule};
use crate::error::Failure;
use crate::store::Store;
use crate::store::limits::{Draw, NotTaken, Taken, take};

/// Where a code goes; normalised, so that one address has one spelling.
#[derive(Clone, Copy)]
pub(crate) enum Recipient<'a> {
    /// An e-mail address.
    Email(&'a str),
    /// A telephone number.
    Phone {
        /// The digits with the calling code, as Logto keeps them.
        digits: &'a str,
        /// The country of the number (ISO 3166), where that is known.
        country: Option<&'a str>,
    },
}

impl Recipient<'_> {
    fn name(&self) -> String {
        match self {
            Self::Email(address) => format!("email {address}"),
            Self::Phone { digits, .. } => format!("phone {digits}"),
        }
    }

    /// Whether codes go there at all. `countries` is empty for everywhere.
    fn is_served(&self, countries: &[String]) -> bool {
        let Self::Phone { digits, country } = self else { return true };
        countries.is_empty()
            || countries.iter().any(|listed| match listed.bytes().all(|byte| byte.is_ascii_digit()) {
                true => digits.starts_with(listed),
                false => *country == Some(listed),
            })
    }
}

/// Whose address a code goes to. The budgets are apart: whoever tries addresses that are new to them still gets a
/// code to the one they have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// The person has it.
    Present,
    /// It is new to the person.
    New,
}

/// Before a code is sent.
///
/// # Errors
/// 429 `rate_limited`; 422 `invalid_value` for a number in a country that is not served; 503 when the store is away.
pub(crate) async fn code_send(
    store: &Store,
    budgets: &Budgets,
    user: &UserId,
    recipient: Recipient<'_>,
    ip: Option<IpAddr>,
    address: Address,
) -> Result<Taken, Failure> {
    if !recipient.is_served(&budgets.sms_countries) {
        return Err(Failure::new(Code::InvalidValue, "no codes are sent to this country").of_field("number"));
    }
    let (whose, user) = (if address == Address::Present { "present" } else { "new" }, user.as_str());
    let mut draws = vec![
        draw(format!("code send to {}", recipient.name()), &budgets.code_sends_per_recipient),
        draw(format!("code send to {whose} by {user}"), &budgets.code_sends_per_user),
        draw("code send".to_owned(), &budgets.code_sends_overall),
    ];
    draws.extend(from_ip("code send", ip, &budgets.code_sends_per_ip));
    if matches!(recipient, Recipient::Phone { .. }) {
        draws.push(draw(format!("SMS by {user}"), &budgets.sms_per_user));
        draws.push(draw("SMS".to_owned(), &budgets.sms_overall));
    }
    drawn(store, &draws).await
}

/// Before a code is compared. `transaction` is what the code was sent for.
///
/// # Errors
/// 429 `rate_limited`; 503 when the store is away.
pub(crate) async fn code_try(
    store: &Store,
    budgets: &Budgets,
    user: &UserId,
    recipient: Recipient<'_>,
    transaction: &str,
) -> Result<Taken, Failure> {
    let draws = [
        draw(format!("code try of {transaction}"), &budgets.code_tries_per_code),
        draw(format!("code try to {}", recipient.name()), &budgets.code_tries_per_recipient),
        draw(format!("code try by {}", user.as_str()), &budgets.code_tries_per_user),
    ];
    drawn(store, &draws).await
}

/// Before a user name is tried, which tells whether it is taken.
///
/// # Errors
/// 429 `rate_limited`; 503 when the store is away.
pub(crate) async fn username_try(store: &Store, budgets: &Budgets, user: &UserId) -> Result<Taken, Failure> {
    let draws = [draw(format!("username try by {}", user.as_str()), &budgets.username_tries_per_user)];
    drawn(store, &draws).await
}

/// Whether the person is to be told that there were too many tries of `what`, which `rules` count: once in as long as
/// these do.
///
/// # Errors
/// 503 when the store is away.
pub(crate) async fn tries_are_told(
    store: &Store,
    what: &str,
    rules: &[Rule],
    user: &UserId,
) -> Result<bool, Failure> {
    let longest = rules.iter().map(|rule| rule.within).max();
    let once = [Rule { most: 1, within: longest.unwrap_or_default() }];
    match take(store, &[draw(format!("{what} tries told to {}", user.as_str()), &once)]).await {
        Ok(_) => Ok(true),
        Err(NotTaken::RetryAfter { .. }) => Ok(false),
        Err(NotTaken::Store(error)) => Err(error.into()),
    }
}

/// Before a password is compared, whether the user has one or not.
///
/// # Errors
/// 429 `rate_limited`; 503 when the store is away.
pub(crate) async fn password_try(
    store: &Store,
    budgets: &Budgets,
    user: &UserId,
    ip: Option<IpAddr>,
) -> Result<Taken, Failure> {
    let mut draws =
        vec![draw(format!("password try for {}", user.as_str()), &budgets.password_tries_per_user)];
    draws.extend(from_ip("password try", ip, &budgets.password_tries_per_ip));
    drawn(store, &draws).await
}

fn draw(bucket: String, rules: &[Rule]) -> Draw<'_> {
    Draw { bucket, rules }
}

/// Whoever has one IPv6 address has its whole /64.
fn from_ip<'a>(what: &str, ip: Option<IpAddr>, rules: &'a [Rule]) -> Option<Draw<'a>> {
    let network = match ip?.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    };
    Some(draw(format!("{what} from {network}"), rules))
}

async fn drawn(store: &Store, draws: &[Draw<'_>]) -> Result<Taken, Failure> {
    take(store, draws).await.map_err(|refused| match refused {
        NotTaken::RetryAfter { seconds } => {
            Failure::new(Code::RateLimited, "too many tries").retry_after(seconds)
        }
        NotTaken::Store(error) => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use account_api::error::Detail;
    use logto_client::UserId;

    use super::*;
    use crate::store::limits::give_back;
    use crate::store::tests::FakeClock;

    const PHONE: Recipient<'static> = Recipient::Phone { digits: "4915112345678", country: Some("DE") };

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// 0 when it was let through, otherwise the seconds to wait.
    fn wait(outcome: Result<Taken, Failure>) -> u32 {
        match outcome {
            Ok(_) => 0,
            Err(Failure {
                code: Code::RateLimited, detail: Some(Detail::RetryAfter { seconds }), ..
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

        async fn send(&self, by: &str, to: Recipient<'_>, from: Option<IpAddr>, address: Address) -> u32 {
            wait(code_send(&self.store, &self.budgets, &user(by), to, from, address).await)
        }

        async fn mail(&self, by: &str, to: &str) -> u32 {
            self.send(by, Recipient::Email(to), None, Address::New).await
        }

        fn pass(&self, seconds: u64) {
            self.clock.advance_ms(seconds * 1_000);
        }
    }

    #[tokio::test]
    async fn b12_codes_to_one_recipient_whoever_asks() {
        let stage = Stage::new().await;
        for by in ["a", "b", "c"] {
            assert_eq!(stage.mail(by, "x@example.test").await, 0);
        }
        assert_eq!(stage.mail("d", "x@example.test").await, 600);
        assert_eq!(stage.mail("d", "y@example.test").await, 0);
        for round in 0..7 {
            stage.pass(600);
            assert_eq!(stage.mail("a", "x@example.test").await, 0, "{round}");
        }
        stage.pass(600);
        assert_eq!(stage.mail("a", "x@example.test").await, 86_400 - 8 * 600, "ten in a day");
    }

    #[tokio::test]
    async fn b12_codes_one_person_asks_for_apart_for_present_and_new_addresses() {
        let stage = Stage::new().await;
        for number in 0..5 {
            assert_eq!(stage.mail("a", &format!("{number}@example.test")).await, 0);
        }
        assert_eq!(stage.mail("a", "more@example.test").await, 600);
        let own = Recipient::Email("own@example.test");
        assert_eq!(
            stage.send("a", own, None, Address::Present).await,
            0,
            "the address they have still gets one"
        );
        assert_eq!(stage.mail("b", "more@example.test").await, 0, "and so does somebody else");
    }

    #[tokio::test]
    async fn b12_codes_from_one_network_and_overall() {
        let mut stage = Stage::new().await;
        stage.budgets.code_sends_per_ip.truncate(1);
        stage.budgets.code_sends_per_ip[0].most = 2;
        stage.budgets.code_sends_overall[0].most = 6;
        let send = async |number: u8, from: &str| {
            let (by, to) = (format!("u{number}"), format!("{number}@example.test"));
            stage.send(&by, Recipient::Email(&to), ip(from), Address::New).await
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
            assert_eq!(stage.send("a", to, None, Address::New).await, 0);
        }
        assert_eq!(stage.send("a", PHONE, None, Address::Present).await, 600, "both kinds of address");
        assert_eq!(stage.mail("a", "x@example.test").await, 0, "mail still goes");

        let served = |countries: &[&str], to: Recipient<'_>| {
            to.is_served(&countries.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let unknown = Recipient::Phone { digits: "4915112345678", country: None };
        for (countries, to, wanted) in [
            (&[][..], PHONE, true),
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
        stage.budgets.sms_countries = vec!["AT".to_owned()];
        let refused =
            code_send(&stage.store, &stage.budgets, &user("b"), PHONE, None, Address::New).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::InvalidValue, Some("number")));
    }

    #[tokio::test]
    async fn b13_tries_at_one_code_at_one_address_and_of_one_person() {
        let stage = Stage::new().await;
        let attempt = async |by: &str, to: &str, transaction: &str| {
            let (store, to) = (&stage.store, Recipient::Email(to));
            wait(code_try(store, &stage.budgets, &user(by), to, transaction).await)
        };
        for _ in 0..5 {
            assert_eq!(attempt("a", "x@example.test", "t1").await, 0);
        }
        assert_eq!(attempt("a", "x@example.test", "t1").await, 3_600);
        for number in 0..5 {
            let by = format!("b{number}");
            assert_eq!(attempt(&by, "x@example.test", &by).await, 0);
        }
        assert_eq!(attempt("c", "x@example.test", "t2").await, 3_600, "ten at one address, whoever tries");
        for number in 5..20 {
            let (to, transaction) = (format!("{number}@example.test"), format!("t{number}"));
            assert_eq!(attempt("a", &to, &transaction).await, 0, "{number}");
        }
        assert_eq!(attempt("a", "fresh@example.test", "fresh").await, 3_600, "twenty of one person");
        assert_eq!(attempt("z", "fresh@example.test", "fresh").await, 0);
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
    async fn b14_passwords_of_one_person_and_from_one_network() {
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
        give_back(&stage.store, right).await.unwrap();
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
}
