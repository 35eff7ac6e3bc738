//! `{base}/account/preferences`

pub(crate) mod update;
