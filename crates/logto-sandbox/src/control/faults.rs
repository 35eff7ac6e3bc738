//! Faults that a test orders: the next matching requests are delayed, refused, dropped or never answered.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

/// What happens to a matching request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Answer normally, this many milliseconds (of real time) later.
    Delay(u64),
    /// Answer this status without doing anything, with a JSON body or none.
    Status(u16, Option<Value>),
    /// Do nothing and close the connection without an answer.
    Drop,
    /// Do what was requested and close the connection without an answer.
    DropAfter,
    /// Do nothing and never answer.
    Hang,
    /// Do what was requested and never answer.
    HangAfter,
    /// Do what was requested, and answer once the faults are cleared.
    Hold,
}

/// One ordered fault. Requests to `/__sandbox` are never affected. A command to the mail server has the path `smtp:`
/// followed by its argument, and its verb as the method (`CONNECT` is the beginning of a connection); its status is a
/// reply code. A path of the providers has `provider:` before it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fault {
    /// The path must contain this text; the empty text matches every path.
    pub path_contains: String,
    /// Only this method (`GET`, `POST`, …); `None` means any.
    #[serde(default)]
    pub method: Option<String>,
    /// What happens.
    pub action: FaultAction,
    /// How often; `None` means until cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The ordered faults, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    ordered: Vec<Fault>,
    cleared: watch::Sender<()>,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.ordered.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.ordered.clear();
        self.cleared.send_replace(());
    }

    /// Changes when the faults are cleared.
    pub(crate) fn cleared(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// Takes the action of the oldest matching fault and counts it.
    pub(crate) fn take(&mut self, method: &Method, path: &str) -> Option<FaultAction> {
        if path.starts_with("/__sandbox") {
            return None;
        }
        self.take_named(method.as_str(), path)
    }

    /// As [`Self::take`], for a method of any protocol.
    pub(crate) fn take_named(&mut self, method: &str, path: &str) -> Option<FaultAction> {
        let index = self.ordered.iter().position(|fault| {
            path.contains(&fault.path_contains)
                && fault.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        })?;
        let fault = self.ordered.get_mut(index)?;
        let action = fault.action.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.ordered.remove(index);
            }
        }
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_taken_as_often_as_ordered() {
        let mut faults = Faults::default();
        let fault = Fault {
            path_contains: "/api/users".into(),
            method: Some("get".into()),
            action: FaultAction::Drop,
            times: Some(2),
        };
        faults.push(fault);
        assert_eq!(faults.take(&Method::PATCH, "/api/users/1"), None);
        assert_eq!(faults.take(&Method::GET, "/oidc/jwks"), None);
        assert_eq!(faults.take(&Method::GET, "/api/users/1"), Some(FaultAction::Drop));
        assert_eq!(faults.take(&Method::GET, "/api/users/1"), Some(FaultAction::Drop));
        assert_eq!(faults.take(&Method::GET, "/api/users/1"), None);
    }
}
