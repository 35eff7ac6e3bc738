//! `{base}/sessions`

pub(crate) mod current;
pub(crate) mod end;
pub(crate) mod end_others;
pub(crate) mod list;
