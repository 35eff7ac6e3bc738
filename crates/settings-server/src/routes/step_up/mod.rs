//! `{base}/step-up`: the proofs, one file each.

pub(crate) mod browser;
pub(crate) mod code;
pub(crate) mod code_confirm;
pub(crate) mod password;
