//! `{base}/phone`: the phone number.

pub(crate) mod confirm;
pub(crate) mod remove;
pub(crate) mod set;
