//! The chains of the audit log on both databases.

mod chains;
mod origins;
