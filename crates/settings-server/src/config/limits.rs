//! `[limits]`: how long things may take, and how often they may be tried.

use std::time::Duration;

use serde::Deserialize;

use super::budgets::{countries, rules};
use super::load::ConfigError;
use super::{Budgets, Limits};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsSection {
    /// `LATCHKEY_LIMITS__REQUEST_SECONDS`
    request_seconds: Option<u64>,
    /// `LATCHKEY_LIMITS__UPSTREAM_SECONDS`
    upstream_seconds: Option<u64>,
    /// `LATCHKEY_LIMITS__HEADER_SECONDS`
    header_seconds: Option<u64>,
    /// `LATCHKEY_LIMITS__SHUTDOWN_SECONDS`
    shutdown_seconds: Option<u64>,
    /// `LATCHKEY_LIMITS__READ_CACHE_SECONDS`
    read_cache_seconds: Option<u64>,
    /// `LATCHKEY_LIMITS__CODE_SENDS_PER_RECIPIENT`
    code_sends_per_recipient: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__CODE_SENDS_PER_USER`
    code_sends_per_user: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__CODE_SENDS_PER_IP`
    code_sends_per_ip: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__CODE_SENDS_OVERALL`
    code_sends_overall: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__SMS_PER_USER`
    sms_per_user: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__SMS_OVERALL`
    sms_overall: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__SMS_COUNTRIES`
    sms_countries: Vec<String>,
    /// `LATCHKEY_LIMITS__CODE_TRIES_PER_CODE`
    code_tries_per_code: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__CODE_TRIES_PER_RECIPIENT`
    code_tries_per_recipient: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__CODE_TRIES_PER_USER`
    code_tries_per_user: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__USERNAME_TRIES_PER_USER`
    username_tries_per_user: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__PASSWORD_TRIES_PER_USER`
    password_tries_per_user: Option<Vec<String>>,
    /// `LATCHKEY_LIMITS__PASSWORD_TRIES_PER_IP`
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
                    sms_countries: countries("limits.sms_countries", std::mem::take(&mut self.sms_countries))?,
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
        Ok(Limits {
            read_cache,
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
