//! `{base}/account/profile`

pub(crate) mod update;
