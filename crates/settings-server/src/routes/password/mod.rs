//! `{base}/password`

pub(crate) mod rules;
pub(crate) mod update;
