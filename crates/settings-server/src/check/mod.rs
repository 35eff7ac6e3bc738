//! `--check-config`: what is wrong with the configuration or with Logto's settings, each with its fix (B39).
//!
//! Findings have stable ids, one line each, so that a script can read them. Nothing is changed anywhere, and no
//! finding holds a secret or a person's data.

mod online;

use std::fmt;

pub use online::online;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// It works, but not for everybody.
    Warning,
    /// It does not work.
    Error,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What was looked at, e.g. `native_app.redirect_uri`. Stable.
    pub id: &'static str,
    /// What was found.
    pub message: String,
    /// What to do about it; absent when there is nothing to do.
    pub fix: Option<String>,
}

/// Everything that was looked at, in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether anything does not work.
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
