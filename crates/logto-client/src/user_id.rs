//! The id of a user in Logto.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

/// A user's id, as it is in the `sub` claim and in Management API paths.
///
/// 1 to 128 characters, none of them a control character or white space, and neither `.` nor `..`: such a
/// text could never be one path segment. Everything else is percent-encoded when a path is built.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct UserId(Arc<str>);

impl UserId {
    /// Creates the id. Returns `None` when the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let acceptable = (1..=128).contains(&text.chars().count())
            && !text.chars().any(|character| character.is_control() || character.is_whitespace())
            && text != "."
            && text != "..";
        acceptable.then(|| Self(text.into()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the id of a user")
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
