//! The settings server through its front door: real HTTP, the sandbox in place of Logto, a clock that is frozen until
//! a test moves it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test that cannot go on fails the test")]

mod access_tokens;
mod addresses;
mod addresses_faults;
mod codes;
mod configuration;
mod configuration_custom_fields;
mod configuration_environment;
#[cfg(unix)]
mod configuration_secret_files;
mod configuration_smtp;
mod configuration_social;
mod configuration_store;
mod connections;
mod crash;
mod crash_addresses;
mod crash_credentials;
mod crash_floors;
mod crash_sessions;
mod crash_social;
mod custom_fields;
mod delegation;
mod document;
mod edits;
mod edits_at_once;
mod email;
mod fair;
mod foreign_text;
mod hostile;
mod idempotency;
mod instances;
mod journal;
mod middleware;
mod notices;
mod online_check;
mod password;
mod phone;
mod policy;
mod process;
mod proof_strength;
#[cfg(target_os = "linux")]
mod proxies;
mod read_cache;
mod reads;
mod recipients;
mod replicas;
mod sessions;
mod sessions_faults;
mod sign_in_methods;
mod social;
mod social_callback;
mod social_direct;
mod social_link;
mod social_openid;
mod social_restore;
mod step_up;
mod step_up_matrix;
mod support;
mod tokens;
mod unexpected_successes;
mod upstream;
mod username;
mod value_limits;
mod values_of_others;
