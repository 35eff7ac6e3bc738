//! `{base}/email`: the e-mail address.

pub(crate) mod confirm;
pub(crate) mod remove;
pub(crate) mod set;
