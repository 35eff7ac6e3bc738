//! Step-up: a fresh proof of who sends a request, before a sensitive operation (RFC 9470; B8, B9, B10, B42).
//!
//! A sensitive operation calls [`demand`]. Without a valid grant, the user gets a challenge that names the methods
//! they can use; a proof turns the challenge into a grant. Challenges and grants are kept by the store, as hashes, and
//! are bound to user, app instance, purpose and target.

pub(crate) mod bindings;
pub(crate) mod challenge;
pub(crate) mod decision;
pub(crate) mod demand;
pub(crate) mod evidence;
pub(crate) mod id_token;
pub(crate) mod issue;
pub(crate) mod methods;
pub(crate) mod origin;
pub(crate) mod purpose;
pub(crate) mod session;

pub(crate) use demand::{authority, demand, demand_sign_in, refusal};
