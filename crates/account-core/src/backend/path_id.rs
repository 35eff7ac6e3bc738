//! An id in a path: always exactly one segment.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

/// The longest id that is accepted; Logto's are shorter.
const LONGEST: usize = 128;
/// Every byte but RFC 3986's `unreserved` characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An id that is safe in a path.
pub(crate) struct PathId(String);

impl PathId {
    /// Parses an id from the page; `argument` names it in errors.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that is empty, too long, `.` or `..`.
    pub(crate) fn parse(id: &str, argument: &'static str) -> Result<Self, Error> {
        if id.is_empty() || id.len() > LONGEST || matches!(id, "." | "..") {
            return Err(Error::InvalidArgument(argument));
        }
        Ok(Self(id.to_owned()))
    }

    /// Returns the id itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path segment: everything but RFC 3986's unreserved characters is percent-encoded.
    pub(crate) fn segment(&self) -> String {
        utf8_percent_encode(&self.0, RESERVED).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::PathId;
    use crate::error::Error;
    use crate::server_url::ServerUrl;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn id_is_exactly_one_path_segment(id in "(\\PC|[/?#%.;\\\\ \u{0}]){1,40}") {
            let server = ServerUrl::parse("https://settings.example.test/api").unwrap();
            if let Ok(parsed) = PathId::parse(&id, "session") {
                let url = server.route(&format!("sessions/{}", parsed.segment()));
                let segments: Vec<&str> = url.path_segments().unwrap().collect();
                prop_assert_eq!(&segments[..2], &["api", "sessions"][..]);
                prop_assert_eq!(segments.len(), 3);
                prop_assert_eq!((url.query(), url.fragment()), (None, None));
                let encoded = segments[2].replace('+', "%2B");
                let decoded: Vec<(String, String)> =
                    url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
                prop_assert_eq!(&decoded[0].0, &id);
            }
        }
    }

    #[test]
    fn invalid_ids_are_refused() {
        for id in ["", ".", "..", "a".repeat(129).as_str()] {
            assert!(matches!(PathId::parse(id, "grant"), Err(Error::InvalidArgument("grant"))), "{id}");
        }
    }
}
