//! `{base}/account`

pub(crate) mod read;
pub(crate) mod update;
