//! What the server reads of Logto and keeps for a moment, and what it answers when Logto refuses or fails.

pub(crate) mod read_cache;
pub(crate) mod tenant;
pub(crate) mod upstream;
