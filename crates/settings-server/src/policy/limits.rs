//! Which budgets an attempt counts in (B12, B13, B14). Each function takes a hit on all of them or on none, and
//! returns `rate_limited` with the longest wait.
//!
//! Attempts are counted before they are made, so that concurrent ones count, too. The hit of a successful one may be
//! refunded: then only failures count.

use std::net::IpAddr;
use std::time::Duration;

use account_api::error::ServerCode;
use logto_client::UserId;

use crate::config::{Budgets, Rule};
use crate::error::Failure;
use crate::http::client_ip;
use crate::policy::phone_number::Country;
use crate::store::Store;
use crate::store::limits::{Hit, NotTaken, Taken, refund, take};

/// Where a code goes; normalised, so that one address has one spelling.
#[derive(Clone, Copy)]
pub(crate) enum Recipient<'a> {
    /// An e-mail address.
    Email(&'a str),
    /// A phone number.
    Phone {
        /// The digits with the calling code, as Logto keeps them.
        digits: &'a str,
        /// The country of the number (ISO 3166), where that is known.
        country: Option<Country>,
    },
}

impl Recipient<'_> {
    fn name(&self) -> String {
        match self {
            Self::Email(address) => format!("email {address}"),
            Self::Phone { digits, .. } => format!("phone {digits}"),
        }
    }

    /// Whether codes are sent there at all. `countries` is `None` for everywhere, and empty for nowhere.
    pub(crate) fn is_served(&self, countries: Option<&[String]>) -> bool {
        let (Self::Phone { digits, country }, Some(countries)) = (self, countries) else { return true };
        countries.iter().any(|listed| match listed.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.starts_with(listed),
            false => country.is_some() && *country == Country::from_code(listed).ok(),
        })
    }
}

/// Who has the address that a code goes to. The budgets are apart (decision 29): hits on new addresses, of
/// any user, never keep a code from an address its user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// The user has it.
    Present,
    /// It is new to the user.
    New,
}

impl Ownership {
    const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::New => "new",
        }
    }
}

/// The user who requests a code, or tries one.
pub(crate) struct CodeOwner<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) address: Ownership,
    pub(crate) ip: Option<IpAddr>,
}

/// How a code may be sent.
#[derive(Debug)]
pub(crate) enum Sending {
    /// It is sent.
    Real {
        taken: Taken,
        /// Whether strangers are kept out meanwhile.
        keeps_others_out: bool,
    },
    /// Nothing is sent, and the answer is a decoy: others have used up the budget of this recipient, which the user
    /// must not learn.
    Decoy,
}

impl Sending {
    /// Refunds the hits of a code that was not sent.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError): then they still count.
    pub(crate) async fn refund(self, store: &Store) -> Result<(), Failure> {
        if let Self::Real { taken, .. } = self {
            refund(store, taken).await?;
        }
        Ok(())
    }
}

/// How a code may be tried.
#[derive(Debug)]
pub(crate) enum CodeTry {
    /// It is compared.
    Real(Taken),
    /// It is not compared, and the answer is a decoy: others have used up the tries at this recipient.
    Decoy,
}

/// How often a stranger keeps others out of one recipient: once a day, for as long as one code is valid.
const KEPT_ONCE: [Rule; 1] = [Rule { most: 1, within: Duration::from_secs(24 * 60 * 60) }];

/// Counts a code before it is sent.
///
/// # Errors
/// `rate_limited` when a budget of the user's own, of the network or of all is used up; `invalid_value` for a number
/// in a country that gets no codes; `store_unavailable`.
pub(crate) async fn code_send(
    store: &Store,
    budgets: &Budgets,
    owner: &CodeOwner<'_>,
    recipient: Recipient<'_>,
) -> Result<Sending, Failure> {
    if !recipient.is_served(budgets.sms_countries.as_deref()) {
        return Err(
            Failure::new(ServerCode::InvalidValue, "no codes are sent to this country").of_field("number")
        );
    }
    let (whose, user, to) = (owner.address.name(), owner.user.as_str(), recipient.name());
    let mut hits = vec![
        hit(format!("code send to {whose} {to} by {user}"), &budgets.code_sends_per_recipient),
        hit(format!("code send to {whose} by {user}"), &budgets.code_sends_per_user),
        hit(format!("code send to {whose}"), &budgets.code_sends_overall),
    ];
    hits.extend(from_ip(&format!("code send to {whose}"), owner.ip, &budgets.code_sends_per_ip));
    if matches!(recipient, Recipient::Phone { .. }) {
        hits.push(hit(format!("SMS to {whose} by {user}"), &budgets.sms_per_user));
        hits.push(hit(format!("SMS to {whose}"), &budgets.sms_overall));
    }
    let own = take_all(store, &hits).await?;
    if owner.address == Ownership::Present {
        return Ok(Sending::Real { taken: own, keeps_others_out: true });
    }
    let all = hit(format!("code send to {whose} {to}"), &budgets.code_sends_per_recipient);
    let Some(all) = if_left(store, all).await? else { return Ok(Sending::Decoy) };
    let taken = own.and(all);
    Ok(match if_left(store, hit(format!("{to} kept by {user}"), &KEPT_ONCE)).await? {
        Some(keep) => Sending::Real { taken: taken.and(keep), keeps_others_out: true },
        None => Sending::Real { taken, keeps_others_out: false },
    })
}

/// Counts a try before the code is compared. `transaction` is what the code was sent for.
///
/// # Errors
/// `rate_limited` when a budget of the user's own is used up; `store_unavailable`.
pub(crate) async fn code_try(
    store: &Store,
    budgets: &Budgets,
    owner: &CodeOwner<'_>,
    recipient: Recipient<'_>,
    transaction: &str,
) -> Result<CodeTry, Failure> {
    let (whose, user, to) = (owner.address.name(), owner.user.as_str(), recipient.name());
    let own = [
        hit(format!("code try of {transaction}"), &budgets.code_tries_per_code),
        hit(format!("code try at {whose} {to} by {user}"), &budgets.code_tries_per_recipient),
        hit(format!("code try at {whose} by {user}"), &budgets.code_tries_per_user),
    ];
    let own = take_all(store, &own).await?;
    if owner.address == Ownership::Present {
        return Ok(CodeTry::Real(own));
    }
    let all = hit(format!("code try at {whose} {to}"), &budgets.code_tries_per_recipient);
    Ok(match if_left(store, all).await? {
        Some(all) => CodeTry::Real(own.and(all)),
        None => CodeTry::Decoy,
    })
}

/// Counts a user name before it is tried, which discloses whether it is taken.
///
/// # Errors
/// `rate_limited`, `store_unavailable`.
pub(crate) async fn username_try(store: &Store, budgets: &Budgets, user: &UserId) -> Result<Taken, Failure> {
    let hits = [hit(format!("username try by {}", user.as_str()), &budgets.username_tries_per_user)];
    take_all(store, &hits).await
}

/// Whether the user is to be notified that there were too many tries of `what`, which `rules` count: once in as long
/// as these count.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn tries_are_notified(
    store: &Store,
    what: &str,
    rules: &[Rule],
    user: &UserId,
) -> Result<bool, Failure> {
    let longest = rules.iter().map(|rule| rule.within).max();
    let once = [Rule { most: 1, within: longest.unwrap_or_default() }];
    match take(store, &[hit(format!("{what} tries told to {}", user.as_str()), &once)]).await {
        Ok(_) => Ok(true),
        Err(NotTaken::RetryAfter { .. }) => Ok(false),
        Err(NotTaken::Store(error)) => Err(error.into()),
    }
}

/// Counts a password before it is compared, whether the user has one or not.
///
/// # Errors
/// `rate_limited`, `store_unavailable`.
pub(crate) async fn password_try(
    store: &Store,
    budgets: &Budgets,
    user: &UserId,
    ip: Option<IpAddr>,
) -> Result<Taken, Failure> {
    let mut hits = vec![hit(format!("password try for {}", user.as_str()), &budgets.password_tries_per_user)];
    hits.extend(from_ip("password try", ip, &budgets.password_tries_per_ip));
    take_all(store, &hits).await
}

fn hit(bucket: String, rules: &[Rule]) -> Hit<'_> {
    Hit { bucket, rules }
}

/// Returns the hit of a network: a user of one IPv6 address has its whole /64.
fn from_ip<'a>(what: &str, ip: Option<IpAddr>, rules: &'a [Rule]) -> Option<Hit<'a>> {
    let network = match client_ip::canonical(ip?) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    };
    Some(hit(format!("{what} from {network}"), rules))
}

/// Takes a hit on one bucket, if the budget allows it.
async fn if_left(store: &Store, hit: Hit<'_>) -> Result<Option<Taken>, Failure> {
    match take(store, &[hit]).await {
        Ok(taken) => Ok(Some(taken)),
        Err(NotTaken::RetryAfter { .. }) => Ok(None),
        Err(NotTaken::Store(error)) => Err(error.into()),
    }
}

async fn take_all(store: &Store, hits: &[Hit<'_>]) -> Result<Taken, Failure> {
    take(store, hits).await.map_err(|refused| match refused {
        NotTaken::RetryAfter { seconds } => {
            Failure::new(ServerCode::RateLimited, "too many tries").retry_after(seconds)
        }
        NotTaken::Store(error) => error.into(),
    })
}

#[cfg(test)]
mod tests;
