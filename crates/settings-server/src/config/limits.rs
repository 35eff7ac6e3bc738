//! `[limits]`: how long things may take, and how often they may be tried.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use super::budgets::{MOST_COUNTED, MOST_KEPT, countries, rules};
use super::load::ConfigError;
use super::{Budgets, Limits};

/// How long things may take, how many there may be at once, and how often they may be tried. The last are lists of
/// rules ("N per M s", "min", "h" or "days") that all hold, over all servers of one store; requests and changes are
/// counted by each server for itself.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsSection {
    /// Seconds until a request has its answer.
    #[schema(minimum = 1, maximum = 120, default = 20)]
    request_seconds: Option<u64>,
    /// Seconds until Logto has answered one request.
    #[schema(minimum = 1, maximum = 120, default = 8)]
    upstream_seconds: Option<u64>,
    /// Seconds until the head of a request has arrived.
    #[schema(minimum = 1, maximum = 120, default = 15)]
    header_seconds: Option<u64>,
    /// Seconds until a peer that reads nothing of its answer is disconnected.
    #[schema(minimum = 1, maximum = 120, default = 20)]
    write_seconds: Option<u64>,
    /// Seconds that a connection lives; a request that is under way then is still answered.
    #[schema(minimum = 1, maximum = 86400, default = 300)]
    connection_seconds: Option<u64>,
    /// Connections at once. Further ones may request `/livez` only.
    #[schema(minimum = 1, maximum = 65536, default = 512)]
    connections: Option<usize>,
    /// Connections at once of one peer (of IPv6, one /64) that is not among `listen.trusted_proxies`.
    #[schema(minimum = 1, maximum = 65536, default = 256)]
    connections_per_peer: Option<usize>,
    /// Seconds that a refusal takes when a request is over one of the four budgets of requests and changes; 0: none.
    #[schema(minimum = 0, maximum = 5, default = 1)]
    refusal_seconds: Option<u64>,
    /// Seconds that requests under way have when the server stops.
    #[schema(minimum = 1, maximum = 120, default = 10)]
    shutdown_seconds: Option<u64>,
    /// Seconds for which a user's data are cached for further reads; 0: caching is off.
    #[schema(minimum = 0, maximum = 5, default = 5)]
    read_cache_seconds: Option<u64>,
    /// Minimum milliseconds of an answer about a code, so that its duration does not disclose whether one was sent.
    #[schema(minimum = 100, maximum = 5000, default = 300)]
    code_answer_milliseconds: Option<u64>,
    /// Codes to one address, for all users together.
    #[schema(default = json!(["3 per 10 min", "10 per day"]))]
    code_sends_per_recipient: Option<Vec<String>>,
    /// Codes that one user requests: counted apart for addresses they have and for new ones.
    #[schema(default = json!(["5 per 10 min"]))]
    code_sends_per_user: Option<Vec<String>>,
    /// Codes that are requested from one IP address (of IPv6, one /64).
    #[schema(default = json!(["30 per 10 min"]))]
    code_sends_per_ip: Option<Vec<String>>,
    /// All codes.
    #[schema(default = json!(["300 per 10 min"]))]
    code_sends_overall: Option<Vec<String>>,
    /// Of these, codes by SMS that one user requests.
    #[schema(default = json!(["3 per 10 min"]))]
    sms_per_user: Option<Vec<String>>,
    /// All codes by SMS.
    #[schema(default = json!(["60 per 10 min"]))]
    sms_overall: Option<Vec<String>>,
    /// Where SMS go: two capital letters (ISO 3166) or digits of a calling code. Absent: everywhere; `[]`: nowhere.
    sms_countries: Option<Vec<String>>,
    /// Tries at one code.
    #[schema(default = json!(["5 per h"]))]
    code_tries_per_code: Option<Vec<String>>,
    /// Tries at codes to one address, of all users together.
    #[schema(default = json!(["10 per h"]))]
    code_tries_per_recipient: Option<Vec<String>>,
    /// Tries of one user at any code.
    #[schema(default = json!(["20 per h"]))]
    code_tries_per_user: Option<Vec<String>>,
    /// User names that one user tries.
    #[schema(default = json!(["10 per h"]))]
    username_tries_per_user: Option<Vec<String>>,
    /// Passwords that are tried for one user.
    #[schema(default = json!(["5 per 15 min", "10 per h", "20 per day"]))]
    password_tries_per_user: Option<Vec<String>>,
    /// Passwords that are tried from one IP address (of IPv6, one /64).
    #[schema(default = json!(["30 per 15 min"]))]
    password_tries_per_ip: Option<Vec<String>>,
    /// Requests of one user.
    #[schema(default = json!(["240 per min"]))]
    requests_per_user: Option<Vec<String>>,
    /// Requests from one IP address (of IPv6, one /64), whether their token is valid or not.
    #[schema(default = json!(["3000 per min"]))]
    requests_per_ip: Option<Vec<String>>,
    /// Changes of one user, requests for a challenge included.
    #[schema(default = json!(["60 per min"]))]
    changes_per_user: Option<Vec<String>>,
    /// Changes from one IP address (of IPv6, one /64).
    #[schema(default = json!(["600 per min"]))]
    changes_per_ip: Option<Vec<String>>,
}

impl LimitsSection {
    /// Returns how often things may be tried. Takes the lists out of the section.
    pub(super) fn budgets(&mut self) -> Result<Budgets, ConfigError> {
        let default = Budgets::default();
        macro_rules! budgets {
            ($($field:ident: $most:ident),*) => {
                Budgets {
                    $($field: rules(
                        concat!("limits.", stringify!($field)),
                        self.$field.take(),
                        default.$field,
                        $most,
                    )?,)*
                    sms_countries: countries("limits.sms_countries", self.sms_countries.take())?,
                }
            };
        }
        Ok(budgets!(
            code_sends_per_recipient: MOST_KEPT,
            code_sends_per_user: MOST_KEPT,
            code_sends_per_ip: MOST_KEPT,
            code_sends_overall: MOST_KEPT,
            sms_per_user: MOST_KEPT,
            sms_overall: MOST_KEPT,
            code_tries_per_code: MOST_KEPT,
            code_tries_per_recipient: MOST_KEPT,
            code_tries_per_user: MOST_KEPT,
            username_tries_per_user: MOST_KEPT,
            password_tries_per_user: MOST_KEPT,
            password_tries_per_ip: MOST_KEPT,
            requests_per_user: MOST_COUNTED,
            requests_per_ip: MOST_COUNTED,
            changes_per_user: MOST_COUNTED,
            changes_per_ip: MOST_COUNTED
        ))
    }

    /// Returns how long things may take, and how many there may be at once.
    pub(super) fn times(&self) -> Result<Limits, ConfigError> {
        let default = Limits::default();
        let count = |field, value, default| {
            within(field, value, 1..=65_536, "must be between 1 and 65536", default, |count| count)
        };
        let seconds = |field, value, default| {
            within(field, value, 1..=120, "must be between 1 and 120 seconds", default, Duration::from_secs)
        };
        Ok(Limits {
            read_cache: within(
                "limits.read_cache_seconds",
                self.read_cache_seconds,
                0..=5,
                "must be between 0 (off) and 5",
                default.read_cache,
                Duration::from_secs,
            )?,
            code_answer: within(
                "limits.code_answer_milliseconds",
                self.code_answer_milliseconds,
                100..=5_000,
                "must be between 100 and 5000",
                default.code_answer,
                Duration::from_millis,
            )?,
            refusal_delay: within(
                "limits.refusal_seconds",
                self.refusal_seconds,
                0..=5,
                "must be between 0 (none) and 5",
                default.refusal_delay,
                Duration::from_secs,
            )?,
            connection_lifetime: within(
                "limits.connection_seconds",
                self.connection_seconds,
                1..=86_400,
                "must be between 1 and 86400 seconds",
                default.connection_lifetime,
                Duration::from_secs,
            )?,
            write_timeout: seconds("limits.write_seconds", self.write_seconds, default.write_timeout)?,
            connections: count("limits.connections", self.connections, default.connections)?,
            connections_per_peer: count(
                "limits.connections_per_peer",
                self.connections_per_peer,
                default.connections_per_peer,
            )?,
            request_timeout: seconds(
                "limits.request_seconds",
                self.request_seconds,
                default.request_timeout,
            )?,
            upstream_timeout: seconds(
                "limits.upstream_seconds",
                self.upstream_seconds,
                default.upstream_timeout,
            )?,
            header_timeout: seconds("limits.header_seconds", self.header_seconds, default.header_timeout)?,
            shutdown_grace: seconds(
                "limits.shutdown_seconds",
                self.shutdown_seconds,
                default.shutdown_grace,
            )?,
        })
    }
}

/// Returns a setting as `read` makes it, or the default. `reason` says which values are accepted.
///
/// # Errors
/// [`ConfigError`] with the field for a value outside `range`.
fn within<N: PartialOrd, T>(
    field: &str,
    value: Option<N>,
    range: RangeInclusive<N>,
    reason: &str,
    default: T,
    read: impl FnOnce(N) -> T,
) -> Result<T, ConfigError> {
    match value {
        None => Ok(default),
        Some(value) if range.contains(&value) => Ok(read(value)),
        Some(_) => Err(ConfigError::field(field, reason)),
    }
}
