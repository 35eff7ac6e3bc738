//! `[limits]`: how long things may take, and how often they may be tried.

use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use super::budgets::{countries, rules};
use super::load::ConfigError;
use super::{Budgets, Limits};

/// How long things may take, and how often they may be tried. The latter are lists of rules ("N per M s", "min", "h" or
/// "days") that all hold, over all servers of one store.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsSection {
    /// Seconds until a request has its answer.
    #[schema(minimum = 1, maximum = 120, default = 20)]
    request_seconds: Option<u64>,
    /// Seconds until Logto has answered one question.
    #[schema(minimum = 1, maximum = 120, default = 8)]
    upstream_seconds: Option<u64>,
    /// Seconds until the head of a request is there.
    #[schema(minimum = 1, maximum = 120, default = 15)]
    header_seconds: Option<u64>,
    /// Seconds that requests under way have when the server is told to stop.
    #[schema(minimum = 1, maximum = 120, default = 10)]
    shutdown_seconds: Option<u64>,
    /// Seconds that what was read of a person answers further reads; 0: not at all.
    #[schema(minimum = 0, maximum = 5, default = 5)]
    read_cache_seconds: Option<u64>,
    /// The least milliseconds that an answer about a code takes, so that its time does not tell whether one was sent.
    #[schema(minimum = 100, maximum = 5000, default = 300)]
    code_answer_milliseconds: Option<u64>,
    /// Codes to one address, whoever asks.
    #[schema(default = json!(["3 per 10 min", "10 per day"]))]
    code_sends_per_recipient: Option<Vec<String>>,
    /// Codes that one person asks for: counted apart for addresses they have and for new ones.
    #[schema(default = json!(["5 per 10 min"]))]
    code_sends_per_user: Option<Vec<String>>,
    /// Codes that are asked for from one IP address (of IPv6, one /64).
    #[schema(default = json!(["30 per 10 min"]))]
    code_sends_per_ip: Option<Vec<String>>,
    /// All codes.
    #[schema(default = json!(["300 per 10 min"]))]
    code_sends_overall: Option<Vec<String>>,
    /// Of these, codes by SMS that one person asks for.
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
    /// Tries at codes to one address, whoever tries.
    #[schema(default = json!(["10 per h"]))]
    code_tries_per_recipient: Option<Vec<String>>,
    /// Tries of one person at any code.
    #[schema(default = json!(["20 per h"]))]
    code_tries_per_user: Option<Vec<String>>,
    /// User names that one person tries.
    #[schema(default = json!(["10 per h"]))]
    username_tries_per_user: Option<Vec<String>>,
    /// Passwords that are tried for one person.
    #[schema(default = json!(["5 per 15 min", "10 per h", "20 per day"]))]
    password_tries_per_user: Option<Vec<String>>,
    /// Passwords that are tried from one IP address (of IPv6, one /64).
    #[schema(default = json!(["30 per 15 min"]))]
    password_tries_per_ip: Option<Vec<String>>,
}

impl LimitsSection {
    /// How often things may be tried. Takes the lists out of the section.
    pub(super) fn budgets(&mut self) -> Result<Budgets, ConfigError> {
        let default = Budgets::default();
        macro_rules! budgets {
            ($($field:ident),*) => {
                Budgets {
                    $($field: rules(
                        concat!("limits.", stringify!($field)),
                        self.$field.take(),
                        default.$field,
                    )?,)*
                    sms_countries: countries("limits.sms_countries", self.sms_countries.take())?,
                }
            };
        }
        Ok(budgets!(
            code_sends_per_recipient,
            code_sends_per_user,
            code_sends_per_ip,
            code_sends_overall,
            sms_per_user,
            sms_overall,
            code_tries_per_code,
            code_tries_per_recipient,
            code_tries_per_user,
            username_tries_per_user,
            password_tries_per_user,
            password_tries_per_ip
        ))
    }

    /// How long things may take.
    pub(super) fn times(&self) -> Result<Limits, ConfigError> {
        let default = Limits::default();
        let seconds = |field, value: Option<u64>, default: Duration| match value {
            None => Ok(default),
            Some(seconds @ 1..=120) => Ok(Duration::from_secs(seconds)),
            Some(_) => Err(ConfigError::field(field, "must be between 1 and 120 seconds")),
        };
        let read_cache = match self.read_cache_seconds {
            None => default.read_cache,
            Some(seconds @ 0..=5) => Duration::from_secs(seconds),
            Some(_) => {
                return Err(ConfigError::field("limits.read_cache_seconds", "must be between 0 (off) and 5"));
            }
        };
        let code_answer = match self.code_answer_milliseconds {
            None => default.code_answer,
            Some(milliseconds @ 100..=5000) => Duration::from_millis(milliseconds),
            Some(_) => {
                return Err(ConfigError::field(
                    "limits.code_answer_milliseconds",
                    "must be between 100 and 5000",
                ));
            }
        };
        Ok(Limits {
            read_cache,
            code_answer,
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
