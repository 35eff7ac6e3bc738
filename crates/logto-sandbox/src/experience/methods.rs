//! The sign-in methods of a tenant, and that addresses of an enterprise connector sign in through it alone.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::management::error::{error, error_with_data};
use crate::state::session::Verification;
use crate::state::settings::Settings;

/// Refuses a method that the tenant does not allow.
pub(super) fn guard(settings: &Settings, verification: &Verification) -> Result<(), Reply> {
    let member = match verification.kind {
        "Password" => Some("password"),
        "EmailVerificationCode" | "PhoneVerificationCode" => Some("verificationCode"),
        _ => None,
    };
    let is_enterprise = verification.kind == "EnterpriseSso";
    let serves = match member {
        Some(member) => {
            settings.method_serves(verification.of.1["type"].as_str().unwrap_or_default(), member)
        }
        None => !is_enterprise || settings.has_single_sign_on(),
    };
    if !serves {
        return Err(error(422, "user.sign_in_method_not_enabled", "This sign-in method is not enabled."));
    }
    let owners = match &verification.email {
        Some(address) if !is_enterprise => settings.owners(address),
        _ => Vec::new(),
    };
    if owners.is_empty() {
        return Ok(());
    }
    let known: Vec<Value> = owners
        .iter()
        .map(|connector| json!({"id": connector["id"], "domains": connector["domains"]}))
        .collect();
    let data = json!({"ssoConnectors": known});
    Err(error_with_data(422, "session.sso_enabled", "Single sign-on is enabled for this address.", &data))
}
