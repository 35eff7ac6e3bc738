//! `--check-config`: what is wrong with the configuration, with Logto's settings or with a proxy in front, each with
//! its fix (B39).
//!
//! Findings have stable ids, one line each, so that a script can read them. The check changes nothing, and no finding
//! holds a secret or a user's data.

mod online;
mod public_url;
mod redirect_uris;
mod social;

use std::fmt;

use crate::config::Config;

pub use online::online;
pub use redirect_uris::{RedirectUrisError, redirect_uris};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Everything is in order.
    Ok,
    /// Information.
    Note,
    /// It works, but not for all users.
    Warning,
    /// It does not work.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// The stable id of what was checked, e.g. `native_app.redirect_uri`.
    pub id: &'static str,
    /// What was found.
    pub message: String,
    /// What to do about it; absent when there is nothing to do.
    pub fix: Option<String>,
}

/// All findings, in the order of the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    pub(crate) fn ok(&mut self, id: &'static str, message: impl Into<String>) {
        self.add(Severity::Ok, id, message, None);
    }

    pub(crate) fn note(&mut self, id: &'static str, message: impl Into<String>) {
        self.add(Severity::Note, id, message, None);
    }

    pub(crate) fn warning(&mut self, id: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Severity::Warning, id, message, Some(fix.into()));
    }

    pub(crate) fn error(&mut self, id: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.add(Severity::Error, id, message, Some(fix.into()));
    }

    fn add(&mut self, severity: Severity, id: &'static str, message: impl Into<String>, fix: Option<String>) {
        self.findings.push(Finding { severity, id, message: message.into(), fix });
    }
}

/// The finding about a proxy that the operator says is there and does not name.
pub(crate) const PROXY_NOT_NAMED: &str = "listen.behind_proxy is set and listen.trusted_proxies is empty: all users \
     count as one address, the proxy's, in the limits of tries";

/// Returns the findings about a configuration that need no request.
pub fn file(config: &Config) -> Report {
    let mut report = Report::default();
    report.ok("configuration", format!("{} in front of {}", config.public_url, config.logto.issuer));
    if config.listen.behind_proxy && config.listen.trusted_proxies.is_empty() {
        report.warning(
            "trusted_proxies",
            PROXY_NOT_NAMED,
            "name the proxy's network in listen.trusted_proxies",
        );
    }
    report
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Report {
    /// `<severity> <id>: <message>` a line; below it, indented, `fix: …`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(formatter, "{:<8}{}: {}", finding.severity, finding.id, finding.message)?;
            if let Some(fix) = &finding.fix {
                writeln!(formatter, "        fix: {fix}")?;
            }
        }
        Ok(())
    }
}
