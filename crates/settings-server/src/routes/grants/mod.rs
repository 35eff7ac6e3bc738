//! `{base}/grants`

pub(crate) mod end;
