//! `{base}/username`

pub(crate) mod update;
