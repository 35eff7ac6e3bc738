//! `{base}/memberships`

pub(crate) mod read;
