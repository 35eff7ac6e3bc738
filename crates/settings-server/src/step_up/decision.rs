//! The one decision of the step-up: whether the evidence proves a purpose (B10, B42, decisions 27 and 28).
//!
//! It is a pure function of the purpose, the evidence and the account, so that every chain of operations can be tested
//! (see `decision/chains.rs`).

use account_api::step_up::{CodeRoute, Purpose};
use logto_client::types::MfaFactor;

use super::evidence::Evidence;
use super::origin::{Maturity, Origin};
use super::purpose::concerns;

/// A present address that a code can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PresentAddress {
    /// Its keyed fingerprint.
    pub(crate) key: [u8; 32],
    pub(crate) maturity: Maturity,
}

/// A second factor, or a passkey that signs in alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    /// Its name in Logto's MFA policy: `Totp`, `WebAuthn`, `BackupCode`, `EmailVerificationCode`, ….
    pub(crate) kind: MfaFactor,
    pub(crate) maturity: Maturity,
    /// Whether Logto asks this user for it at sign-in.
    pub(crate) is_asked: bool,
}

/// The authenticators of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authenticators {
    /// The password, if there is one.
    pub(crate) password: Option<Maturity>,
    pub(crate) email: Option<PresentAddress>,
    pub(crate) phone: Option<PresentAddress>,
    /// Identities at providers that the user can sign in with, by name.
    pub(crate) identities: Vec<(String, Maturity)>,
    pub(crate) factors: Vec<Factor>,
    /// Whether a password, address or identity was removed less than a day ago.
    pub(crate) lost_one: bool,
}

/// The decision about a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The proof is accepted for the purpose.
    Granted(Granted),
    /// It is not enough, but one of these methods would be.
    More(Alternatives),
    /// It is not accepted, and this account has nothing here that would be.
    Refused,
}

/// A proof that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// The origin of what is bound with it.
    pub(crate) origin: Origin,
    /// Whether it counts only because the account has nothing else at all. Its user is notified before anything
    /// changes.
    pub(crate) is_last_resort: bool,
}

/// The methods that count for a purpose, in addition to a sign-in in the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alternatives {
    pub(crate) password: bool,
    pub(crate) codes: Vec<CodeRoute>,
}

impl Alternatives {
    fn is_empty(&self) -> bool {
        !self.password && self.codes.is_empty()
    }
}

/// Second factors that are codes to an address.
const ADDRESS_FACTORS: [MfaFactor; 2] = [MfaFactor::EmailVerificationCode, MfaFactor::PhoneVerificationCode];

const ROUTES: [CodeRoute; 2] = [CodeRoute::Email, CodeRoute::Phone];

impl Authenticators {
    /// Whether a second factor is required for every purpose that binds, removes or destroys. A young factor of
    /// unknown origin does not make it required, so that an attacker who added one cannot block the owner's older
    /// proofs.
    pub(crate) fn demand_factor(&self) -> bool {
        self.factors.iter().any(|factor| factor.is_asked && is_own_strength(factor.maturity))
    }

    /// Returns the methods other than the browser that count for a purpose.
    pub(crate) fn alternatives(&self, purpose: Purpose) -> Alternatives {
        let counts = |evidence: &Evidence| self.grant(purpose, evidence).is_some();
        Alternatives {
            password: counts(&Evidence::of_password()),
            codes: ROUTES.into_iter().filter(|route| counts(&Evidence::of_code(*route))).collect(),
        }
    }

    /// Decides about a proof.
    pub(crate) fn decide(&self, purpose: Purpose, evidence: &Evidence) -> Decision {
        if evidence.names_another_address {
            return Decision::Refused;
        }
        if let Some(granted) = self.grant(purpose, evidence) {
            return Decision::Granted(granted);
        }
        // A sign-in without the required factor cannot be completed by something weaker.
        let alternatives = self.alternatives(purpose);
        if alternatives.is_empty() { Decision::Refused } else { Decision::More(alternatives) }
    }

    fn grant(&self, purpose: Purpose, evidence: &Evidence) -> Option<Granted> {
        let granted = |origin| Some(Granted { origin, is_last_resort: false });
        if !purpose.is_single_use() {
            return self.ordinary(evidence).and_then(granted);
        }
        if let Some(origin) = self.by_factor(purpose, evidence) {
            return granted(origin);
        }
        if self.demand_factor() && !self.shows_address_factor(purpose, evidence) {
            return None;
        }
        self.by_password(purpose, evidence)
            .or_else(|| self.by_code(purpose, evidence))
            .or_else(|| self.by_provider(purpose, evidence))
            .and_then(granted)
            .or_else(|| self.by_last_resort(purpose, evidence))
    }

    /// Decides for an ordinary purpose: any authenticator of the account counts.
    fn ordinary(&self, evidence: &Evidence) -> Option<Origin> {
        let has_code = evidence.codes.iter().any(|route| self.address(*route).is_some());
        let has_password = evidence.password && self.password.is_some();
        let is_proven =
            has_password || has_code || evidence.federated.is_some() || !evidence.factors.is_empty();
        is_proven.then_some(Origin::Unknown)
    }

    /// Whether a code to an address was shown as a second factor. Such a code satisfies the requirement for
    /// one, and proves nothing itself: it is a code.
    fn shows_address_factor(&self, purpose: Purpose, evidence: &Evidence) -> bool {
        let shown = self.factors.iter().filter(|factor| evidence.factors.contains(&factor.kind));
        shown
            .filter(|factor| ADDRESS_FACTORS.contains(&factor.kind))
            .any(|factor| self.rests_on(purpose, factor.maturity, Origin::Strong).is_some())
    }

    fn by_factor(&self, purpose: Purpose, evidence: &Evidence) -> Option<Origin> {
        let shown = self.factors.iter().filter(|factor| {
            evidence.factors.contains(&factor.kind) && !ADDRESS_FACTORS.contains(&factor.kind)
        });
        let proven = shown.filter_map(|factor| self.rests_on(purpose, factor.maturity, Origin::Strong));
        proven.min_by_key(|origin| *origin != Origin::Strong)
    }

    fn by_password(&self, purpose: Purpose, evidence: &Evidence) -> Option<Origin> {
        let maturity = self.password.filter(|_| evidence.password)?;
        self.rests_on(purpose, maturity, Origin::Strong)
    }

    fn by_code(&self, purpose: Purpose, evidence: &Evidence) -> Option<Origin> {
        evidence.codes.iter().find_map(|route| self.code_counts(purpose, *route))
    }

    /// Decides about a federated sign-in, which counts if no code can be requested in addition (B42).
    fn by_provider(&self, purpose: Purpose, evidence: &Evidence) -> Option<Origin> {
        let name = evidence.federated.as_ref()?;
        // Without a name the youngest identity decides.
        let mut shown =
            self.identities.iter().filter(|(known, _)| name.as_ref().is_none_or(|name| name == known));
        let known = shown.clone().next().is_some();
        let counts = |(_, maturity): &(String, Maturity)| {
            self.rests_on(purpose, *maturity, Origin::Federated).is_some()
        };
        (known && shown.all(counts) && self.provider_suffices(purpose)).then_some(Origin::Federated)
    }

    /// Decides about a code to the mature address that changes, of an account that has nothing else and had nothing
    /// else for a day.
    fn by_last_resort(&self, purpose: Purpose, evidence: &Evidence) -> Option<Granted> {
        let route = concerns(purpose).filter(|route| evidence.codes.contains(route))?;
        let address = self.address(route).filter(|address| address.maturity == Maturity::Mature)?;
        let others = ROUTES.into_iter().filter(|other| *other != route);
        let has_other = self.password.is_some()
            || others.into_iter().any(|other| self.address(other).is_some())
            || !self.identities.is_empty()
            || !self.factors.is_empty();
        let origin = Origin::Code(address.key);
        (!has_other && !self.lost_one).then_some(Granted { origin, is_last_resort: true })
    }

    /// Returns the origin that a code to the present address of a route gives, if it counts for a purpose.
    fn code_counts(&self, purpose: Purpose, route: CodeRoute) -> Option<Origin> {
        let address = self.address(route).filter(|_| concerns(purpose) != Some(route))?;
        match address.maturity {
            Maturity::Mature | Maturity::Young(Origin::Strong) => Some(Origin::Code(address.key)),
            // What is bound with it would rest on this address and on what the address rests on. One origin cannot say
            // both, so it proves nothing destructive for a day.
            Maturity::Young(origin) => self.origin_counts(purpose, origin).then_some(Origin::Unknown),
        }
    }

    /// Returns the origin of what is bound with an authenticator, which itself gives `own`; `None` if it is too young
    /// to prove the purpose.
    fn rests_on(&self, purpose: Purpose, maturity: Maturity, own: Origin) -> Option<Origin> {
        match maturity {
            Maturity::Mature => Some(own),
            Maturity::Young(origin) => self.origin_counts(purpose, origin).then_some(origin),
        }
    }

    /// Whether the proof that something was bound with would prove the purpose itself.
    fn origin_counts(&self, purpose: Purpose, origin: Origin) -> bool {
        match origin {
            Origin::Strong => true,
            // The address must still be there, count by itself, and not be the one that changes.
            Origin::Code(key) => ROUTES.into_iter().any(|route| {
                let address = self.address(route);
                concerns(purpose) != Some(route)
                    && address.is_some_and(|address| address.key == key && is_own_strength(address.maturity))
            }),
            Origin::Federated => self.provider_suffices(purpose),
            Origin::Unknown => false,
        }
    }

    /// Whether a federated sign-in alone is enough: no code to a mature address could be requested, today or
    /// yesterday.
    fn provider_suffices(&self, purpose: Purpose) -> bool {
        let could_ask = ROUTES.into_iter().any(|route| {
            concerns(purpose) != Some(route)
                && self.address(route).is_some_and(|address| is_own_strength(address.maturity))
        });
        !could_ask && !self.lost_one
    }

    fn address(&self, route: CodeRoute) -> Option<&PresentAddress> {
        match route {
            CodeRoute::Email => self.email.as_ref(),
            CodeRoute::Phone => self.phone.as_ref(),
        }
    }
}

/// Whether an authenticator is as strong as its kind, whatever it was bound with.
fn is_own_strength(maturity: Maturity) -> bool {
    matches!(maturity, Maturity::Mature | Maturity::Young(Origin::Strong))
}

#[cfg(test)]
mod chains;
