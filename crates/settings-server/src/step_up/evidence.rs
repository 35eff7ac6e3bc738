//! What a proof showed: the records of a sign-in at Logto, or one proof that this server checked itself.

use account_api::step_up::CodeRoute;
use logto_client::types::{MfaFactor, RecordIdentifier, RecordType, Session, User, VerificationRecord};

use crate::account::view::present;

/// Returns the second factor that left a record of this type. A passkey that signs in alone counts as one.
fn factor_of(record_type: &RecordType) -> Option<MfaFactor> {
    match record_type {
        RecordType::Totp => Some(MfaFactor::Totp),
        RecordType::WebAuthn | RecordType::SignInWebAuthn => Some(MfaFactor::WebAuthn),
        RecordType::BackupCode => Some(MfaFactor::BackupCode),
        RecordType::MfaEmailVerificationCode => Some(MfaFactor::EmailVerificationCode),
        RecordType::MfaPhoneVerificationCode => Some(MfaFactor::PhoneVerificationCode),
        _ => None,
    }
}

/// What was proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// The password.
    pub(crate) password: bool,
    /// Second factors, by their names in Logto's MFA policy.
    pub(crate) factors: Vec<MfaFactor>,
    /// Codes to addresses that the account has now.
    pub(crate) codes: Vec<CodeRoute>,
    /// An identity at a social or enterprise provider; the name of the identity, if the record has it.
    pub(crate) federated: Option<Option<String>>,
    /// Whether a code went to an address that is not the account's own, byte for byte (decision 28). Such a sign-in
    /// proves nothing at all.
    pub(crate) names_another_address: bool,
}

impl Evidence {
    /// Returns the evidence of the present password.
    pub(crate) fn of_password() -> Self {
        Self { password: true, ..Self::default() }
    }

    /// Returns the evidence of a code to the present address of a route.
    pub(crate) fn of_code(route: CodeRoute) -> Self {
        Self { codes: vec![route], ..Self::default() }
    }

    /// Returns what the last sign-in of a session showed. `target_of` names the target of a social connector.
    pub(crate) fn of_session(
        session: &Session,
        user: &User,
        target_of: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut evidence = Self::default();
        for record in session.last_submission.iter().flat_map(|submission| &submission.verification_records) {
            evidence.add(record, user, &target_of);
        }
        evidence
    }

    fn add(&mut self, record: &VerificationRecord, user: &User, target_of: &impl Fn(&str) -> Option<String>) {
        match &record.record_type {
            RecordType::Social => {
                let target = record.connector_id.as_deref().and_then(target_of);
                let account = record.social_user_info.as_ref().map(|info| info.id.as_str());
                let name = target.zip(account).map(|(target, account)| social_identity(&target, account));
                self.federated.get_or_insert(name);
            }
            RecordType::EnterpriseSso => {
                let identity = user.sso_identities.iter().find(|identity| {
                    identity.sso_connector_id.is_some() && identity.sso_connector_id == record.connector_id
                });
                let name =
                    identity.map(|identity| enterprise_identity(&identity.issuer, &identity.identity_id));
                self.federated.get_or_insert(name);
            }
            _ if !record.verified => {}
            RecordType::Password => self.password = true,
            RecordType::EmailVerificationCode
            | RecordType::PhoneVerificationCode
            | RecordType::OneTimeToken => {
                if let Some(route) = self.own_address(record, user) {
                    self.codes.push(route);
                }
            }
            RecordType::MfaEmailVerificationCode | RecordType::MfaPhoneVerificationCode
                if self.own_address(record, user).is_none() => {}
            record_type => self.factors.extend(factor_of(record_type)),
        }
    }

    /// Returns the route of a code, if it went to the account's present address. Any other is recorded.
    fn own_address(&mut self, record: &VerificationRecord, user: &User) -> Option<CodeRoute> {
        let route = record.identifier.as_ref().and_then(|identifier| present_route(identifier, user));
        self.names_another_address |= route.is_none();
        route
    }
}

/// Returns the route whose present address an identifier names: ASCII case aside, byte for byte.
fn present_route(identifier: &RecordIdentifier, user: &User) -> Option<CodeRoute> {
    let (route, address) = match identifier.identifier_type.as_str() {
        "email" => (CodeRoute::Email, present(user.primary_email.clone())),
        "phone" => (CodeRoute::Phone, present(user.primary_phone.clone())),
        _ => return None,
    };
    address.is_some_and(|address| address.eq_ignore_ascii_case(&identifier.value)).then_some(route)
}

/// Returns the name of a social identity in the records of bindings.
pub(crate) fn social_identity(target: &str, account: &str) -> String {
    format!("social\0{target}\0{account}")
}

/// Returns the name of an enterprise identity in the records of bindings.
pub(crate) fn enterprise_identity(issuer: &str, account: &str) -> String {
    format!("enterprise\0{issuer}\0{account}")
}

#[cfg(test)]
mod tests {
    use account_api::step_up::CodeRoute;
    use serde_json::{Value, json};

    use super::{Evidence, MfaFactor};

    fn evidence(records: &Value) -> Evidence {
        let session = json!({
            "payload": { "uid": "u", "iat": 0, "exp": 0, "loginTs": 0 },
            "lastSubmission": { "verificationRecords": records },
        });
        let user = json!({
            "id": "u", "createdAt": 0, "isSuspended": false,
            "primaryEmail": "Nick@example.test", "primaryPhone": "15550000001",
            "ssoIdentities": [{ "issuer": "https://corp.test", "identityId": "a", "ssoConnectorId": "s1" }],
        });
        let (session, user) = (serde_json::from_value(session), serde_json::from_value(user));
        Evidence::of_session(&session.unwrap(), &user.unwrap(), |id| {
            (id == "c1").then(|| "github".to_owned())
        })
    }

    fn code(kind: &str, identifier: &str, value: &str) -> Value {
        json!([{ "type": kind, "verified": true, "identifier": { "type": identifier, "value": value } }])
    }

    #[test]
    fn r28_code_counts_for_the_present_address_alone() {
        for (kind, identifier, value, wanted) in [
            ("EmailVerificationCode", "email", "Nick@example.test", Some(CodeRoute::Email)),
            ("EmailVerificationCode", "email", "nick@EXAMPLE.test", Some(CodeRoute::Email)),
            ("OneTimeToken", "email", "nick@example.test", Some(CodeRoute::Email)),
            ("PhoneVerificationCode", "phone", "15550000001", Some(CodeRoute::Phone)),
            ("EmailVerificationCode", "email", "other@example.test", None),
            ("EmailVerificationCode", "email", " nick@example.test", None),
            // Characters that Unicode equates with ASCII letters, or that are invisible, make another address.
            ("EmailVerificationCode", "email", "nick@example.te\u{17f}t", None),
            ("EmailVerificationCode", "email", "nic\u{212a}@example.test", None),
            ("EmailVerificationCode", "email", "nick@example.test\u{200b}", None),
            ("EmailVerificationCode", "email", "", None),
            ("EmailVerificationCode", "phone", "Nick@example.test", None),
            ("PhoneVerificationCode", "phone", "15550000002", None),
            ("EmailVerificationCode", "username", "nick", None),
        ] {
            let seen = evidence(&code(kind, identifier, value));
            assert_eq!(seen.codes.first().copied(), wanted, "{kind} {value}");
            assert_eq!(seen.names_another_address, wanted.is_none(), "{kind} {value}");
        }
        assert!(
            evidence(&json!([{ "type": "EmailVerificationCode", "verified": true }])).names_another_address
        );
    }

    #[test]
    fn b42_records_become_evidence_each_by_its_kind() {
        let kinds = |kinds: &[&str]| {
            let records: Vec<Value> =
                kinds.iter().map(|kind| json!({ "type": kind, "verified": true })).collect();
            evidence(&records.into())
        };
        assert!(kinds(&["Password"]).password);
        assert_eq!(kinds(&["Password", "Totp"]).factors, [MfaFactor::Totp]);
        assert_eq!(kinds(&["SignInWebAuthn"]).factors, [MfaFactor::WebAuthn]);
        assert_eq!(kinds(&["MfaEmailVerificationCode"]).factors, [], "without its address");
        assert_eq!(
            evidence(&code("MfaEmailVerificationCode", "email", "nick@example.test")).factors,
            [MfaFactor::EmailVerificationCode]
        );
        assert_eq!(kinds(&[]), Evidence::default());
        assert_eq!(kinds(&["SomethingNew"]), Evidence::default());
        let unproven = json!([{ "type": "Password", "verified": false }, { "type": "Totp" }]);
        assert_eq!(evidence(&unproven), Evidence::default());
    }

    #[test]
    fn b42_federated_records_name_their_identity() {
        let social = |connector: &str| json!([{ "type": "Social", "connectorId": connector, "socialUserInfo": { "id": "gh-1" } }]);
        assert_eq!(evidence(&social("c1")).federated, Some(Some("social\0github\0gh-1".to_owned())));
        assert_eq!(evidence(&social("c2")).federated, Some(None));
        let enterprise = json!([{ "type": "EnterpriseSso", "connectorId": "s1" }]);
        let named = "enterprise\0https://corp.test\0a".to_owned();
        assert_eq!(evidence(&enterprise).federated, Some(Some(named)));
        assert_eq!(evidence(&json!([{ "type": "EnterpriseSso" }])).federated, Some(None));
    }
}
