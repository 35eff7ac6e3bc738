//! Every chain of operations from every kind of first proof (decision 27): an attacker with one proof of an account
//! never reaches what that proof did not allow at the beginning.

use account_api::step_up::{CodeRoute, Purpose};
use logto_client::types::MfaFactor;

use super::{Authenticators, Decision, Factor, PresentAddress};
use crate::step_up::evidence::Evidence;
use crate::step_up::origin::{Maturity, Origin};

/// The length of a chain that begins with a mature account.
const LONGEST: usize = 4;
/// The length of a chain that begins with a young one: there are many of these.
const LONGEST_OF_YOUNG: usize = 2;
const IDENTITY: &str = "social";

/// What the attacker controls.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Control {
    password: bool,
    email: bool,
    phone: bool,
    identity: bool,
    factor: bool,
}

#[derive(Clone)]
struct World {
    account: Authenticators,
    control: Control,
    /// Keys of addresses that were made so far.
    keys: u8,
}

/// What a chain can reach, whatever its present name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Email,
    Phone,
    Password,
    EndOtherSessions,
}

const EFFECTS: [Effect; 4] = [Effect::Email, Effect::Phone, Effect::Password, Effect::EndOtherSessions];

impl World {
    fn evidences(&self) -> Vec<Evidence> {
        let mut all = Vec::new();
        if self.control.password {
            all.push(Evidence::of_password());
        }
        if self.control.email {
            all.push(Evidence::of_code(CodeRoute::Email));
        }
        if self.control.phone {
            all.push(Evidence::of_code(CodeRoute::Phone));
        }
        if self.control.identity {
            all.push(Evidence { federated: Some(Some(IDENTITY.to_owned())), ..Evidence::default() });
            all.push(Evidence { federated: Some(None), ..Evidence::default() });
        }
        if self.control.factor {
            all.push(Evidence { factors: vec![MfaFactor::Totp], ..Evidence::default() });
        }
        // A sign-in may show several at once.
        let both = all.iter().cloned().reduce(|mut all, one| {
            all.password |= one.password;
            all.codes.extend(one.codes);
            all.federated = all.federated.or(one.federated);
            all.factors.extend(one.factors);
            all
        });
        all.extend(both);
        all
    }

    /// Returns the origins with which a purpose can be proven now.
    fn origins(&self, purpose: Purpose) -> Vec<Origin> {
        let decisions = self.evidences().into_iter().map(|evidence| self.account.decide(purpose, &evidence));
        let origins = decisions.filter_map(|decision| match decision {
            Decision::Granted(granted) => Some(granted.origin),
            _ => None,
        });
        origins.collect()
    }

    fn can(&self, purpose: Purpose) -> bool {
        !self.origins(purpose).is_empty()
    }

    fn purpose_of(&self, effect: Effect) -> Purpose {
        match effect {
            Effect::Email if self.account.email.is_some() => Purpose::ChangeEmail,
            Effect::Email => Purpose::AddEmail,
            Effect::Phone if self.account.phone.is_some() => Purpose::ChangePhone,
            Effect::Phone => Purpose::AddPhone,
            Effect::Password => Purpose::Password,
            Effect::EndOtherSessions => Purpose::EndOtherSessions,
        }
    }

    /// Whether an effect still concerns an authenticator of the owner.
    fn concerns_owner(&self, effect: Effect) -> bool {
        match effect {
            Effect::Email => !self.control.email,
            Effect::Phone => !self.control.phone,
            Effect::Password => !self.control.password,
            Effect::EndOtherSessions => true,
        }
    }

    fn new_address(&mut self, origin: Origin) -> PresentAddress {
        self.keys += 1;
        PresentAddress { key: [self.keys; 32], maturity: Maturity::Young(origin) }
    }

    /// Returns every world that one more operation leads to.
    fn next(&self) -> Vec<Self> {
        let mut worlds = Vec::new();
        for effect in [Effect::Email, Effect::Phone, Effect::Password] {
            for origin in self.origins(self.purpose_of(effect)) {
                let mut world = self.clone();
                world.apply(effect, origin);
                worlds.push(world);
            }
        }
        for (purpose, route) in
            [(Purpose::RemoveEmail, CodeRoute::Email), (Purpose::RemovePhone, CodeRoute::Phone)]
        {
            if self.account.address(route).is_some() && self.can(purpose) {
                let mut world = self.clone();
                world.account.lost_one = true;
                match route {
                    CodeRoute::Email => (world.account.email, world.control.email) = (None, false),
                    CodeRoute::Phone => (world.account.phone, world.control.phone) = (None, false),
                }
                worlds.push(world);
            }
        }
        worlds
    }

    fn apply(&mut self, effect: Effect, origin: Origin) {
        match effect {
            Effect::Email => {
                self.account.lost_one |= self.account.email.is_some();
                self.account.email = Some(self.new_address(origin));
                self.control.email = true;
            }
            Effect::Phone => {
                self.account.lost_one |= self.account.phone.is_some();
                self.account.phone = Some(self.new_address(origin));
                self.control.phone = true;
            }
            Effect::Password => {
                self.account.password = Some(Maturity::Young(origin));
                self.control.password = true;
            }
            Effect::EndOtherSessions => {}
        }
    }
}

fn totp() -> Factor {
    Factor { kind: MfaFactor::Totp, maturity: Maturity::Mature, is_asked: true }
}

/// Returns every account that can exist, its addresses and password mature, or young with each origin.
fn accounts() -> Vec<Authenticators> {
    let ages = [
        Maturity::Mature,
        Maturity::Young(Origin::Strong),
        Maturity::Young(Origin::Code([1; 32])),
        Maturity::Young(Origin::Code([2; 32])),
        Maturity::Young(Origin::Federated),
        Maturity::Young(Origin::Unknown),
    ];
    let address = |key: u8, maturity| PresentAddress { key: [key; 32], maturity };
    let all = (0..32u8).flat_map(|bits| {
        let of_age = move |(password, email, phone)| (bits, password, email, phone);
        ages.into_iter()
            .flat_map(move |password| ages.into_iter().map(move |email| (password, email)))
            .flat_map(move |(password, email)| ages.into_iter().map(move |phone| (password, email, phone)))
            .map(of_age)
    });
    all.filter(|(bits, password, email, phone)| {
        // An authenticator that does not exist has no age.
        let is_there = |bit: u8, age: &Maturity| bits & (1 << bit) != 0 || *age == Maturity::Mature;
        is_there(0, password) && is_there(1, email) && is_there(2, phone)
    })
    .map(|(bits, password, email, phone)| {
        let has = |bit: u8| bits & (1 << bit) != 0;
        Authenticators {
            password: has(0).then_some(password),
            email: has(1).then(|| address(1, email)),
            phone: has(2).then(|| address(2, phone)),
            identities: has(3).then(|| (IDENTITY.to_owned(), Maturity::Mature)).into_iter().collect(),
            factors: has(4).then(totp).into_iter().collect(),
            lost_one: false,
        }
    })
    .collect()
}

/// Returns every kind of proof that a chain can begin with.
fn first_proofs(account: &Authenticators) -> Vec<Control> {
    let none = Control::default();
    let all = [
        (account.password.is_some(), Control { password: true, ..none }),
        (account.email.is_some(), Control { email: true, ..none }),
        (account.phone.is_some(), Control { phone: true, ..none }),
        (!account.identities.is_empty(), Control { identity: true, ..none }),
        (!account.factors.is_empty(), Control { factor: true, ..none }),
    ];
    all.into_iter().filter(|(exists, _)| *exists).map(|(_, control)| control).collect()
}

/// Walks every chain from a world and shows each world to `look`.
fn walk(world: &World, left: usize, look: &mut impl FnMut(&World)) {
    look(world);
    if left > 0 {
        for next in world.next() {
            walk(&next, left - 1, look);
        }
    }
}

fn is_mature(account: &Authenticators) -> bool {
    let addresses = [&account.email, &account.phone].into_iter().flatten().map(|address| address.maturity);
    addresses.chain(account.password).all(|maturity| maturity == Maturity::Mature)
}

#[test]
fn r27_no_chain_reaches_what_its_first_proof_did_not() {
    let mut worlds = 0;
    for account in accounts() {
        for control in first_proofs(&account) {
            let first = World { account: account.clone(), control, keys: 2 };
            let allowed: Vec<Effect> =
                EFFECTS.into_iter().filter(|effect| first.can(first.purpose_of(*effect))).collect();
            let longest = if is_mature(&account) { LONGEST } else { LONGEST_OF_YOUNG };
            walk(&first, longest, &mut |world| {
                worlds += 1;
                for effect in EFFECTS.into_iter().filter(|effect| world.concerns_owner(*effect)) {
                    let reached = world.can(world.purpose_of(effect));
                    assert!(!reached || allowed.contains(&effect), "{effect:?} of {:?}", first.account);
                }
            });
        }
    }
    assert!(worlds > 1_000, "{worlds} worlds");
}

#[test]
fn r27_older_authenticators_still_undo_what_was_added() {
    for account in accounts().into_iter().filter(is_mature) {
        for control in first_proofs(&account) {
            let first = World { account: account.clone(), control, keys: 2 };
            walk(&first, LONGEST, &mut |world| {
                for owner in first_proofs(&account) {
                    // What the owner still has, as it was.
                    let has = Control {
                        password: owner.password && world.account.password == account.password,
                        email: owner.email && world.account.email == account.email,
                        phone: owner.phone && world.account.phone == account.phone,
                        ..Control::default()
                    };
                    let before = World { account: account.clone(), control: has, keys: 2 };
                    let after = World { control: has, ..world.clone() };
                    let other_route = |effect: &Effect| match effect {
                        Effect::Email => !has.email,
                        Effect::Phone => !has.phone,
                        _ => true,
                    };
                    for effect in EFFECTS.into_iter().filter(other_route) {
                        let could = before.can(before.purpose_of(effect));
                        assert!(
                            !could || after.can(after.purpose_of(effect)),
                            "{effect:?}: {account:?} → {:?}",
                            world.account
                        );
                    }
                }
            });
        }
    }
}

#[test]
fn b10_mail_code_as_a_factor_does_not_change_its_own_address() {
    let factor =
        Factor { kind: MfaFactor::EmailVerificationCode, maturity: Maturity::Mature, is_asked: true };
    let account = Authenticators {
        password: Some(Maturity::Mature),
        email: Some(PresentAddress { key: [1; 32], maturity: Maturity::Mature }),
        factors: vec![factor],
        ..Authenticators::default()
    };
    let shown = |password| Evidence {
        password,
        factors: vec![MfaFactor::EmailVerificationCode],
        ..Evidence::default()
    };
    let is_granted =
        |evidence: &Evidence| matches!(account.decide(Purpose::ChangeEmail, evidence), Decision::Granted(_));
    assert!(!is_granted(&shown(false)), "the code alone");
    assert!(is_granted(&shown(true)), "with the password");
    assert!(!is_granted(&Evidence::of_password()), "the factor is demanded");
}

#[test]
fn r27_young_authenticator_proves_what_its_origin_would() {
    use Purpose::{ChangeEmail, ChangePhone, EndOtherSessions, Password};
    let address = |key: u8, maturity| Some(PresentAddress { key: [key; 32], maturity });
    let account = |origin| Authenticators {
        password: Some(Maturity::Young(origin)),
        email: address(1, Maturity::Mature),
        phone: address(2, Maturity::Mature),
        ..Authenticators::default()
    };
    let counts = |origin, purpose| account(origin).alternatives(purpose).password;
    for (origin, purpose, wanted) in [
        (Origin::Strong, ChangeEmail, true),
        (Origin::Strong, Password, true),
        (Origin::Code([1; 32]), ChangeEmail, false),
        (Origin::Code([1; 32]), ChangePhone, true),
        (Origin::Code([1; 32]), EndOtherSessions, true),
        (Origin::Code([2; 32]), ChangeEmail, true),
        (Origin::Code([2; 32]), ChangePhone, false),
        (Origin::Code([9; 32]), EndOtherSessions, false),
        (Origin::Federated, EndOtherSessions, false),
        (Origin::Unknown, EndOtherSessions, false),
        (Origin::Unknown, Purpose::Username, true),
    ] {
        assert_eq!(counts(origin, purpose), wanted, "{origin:?} for {purpose:?}");
    }
}
