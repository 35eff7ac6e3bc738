//! What the server reads from Logto and caches for a moment, and its answers when Logto refuses or fails.

pub(crate) mod read_cache;
pub(crate) mod tenant;
pub(crate) mod upstream;
