//! `{base}/account/custom-fields`

pub(crate) mod update;
