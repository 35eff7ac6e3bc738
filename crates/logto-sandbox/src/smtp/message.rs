//! A mail, read as far as a user would read it: who, to whom, subject and text of a mail of one plain part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A mail that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// When it was accepted, on the sandbox's clock, in Unix milliseconds.
    pub at_ms: u64,
    /// The sender on the envelope.
    pub from: String,
    /// The recipients on the envelope.
    pub to: Vec<String>,
    /// The headers as they came, unfolded.
    pub headers: Vec<(String, String)>,
    /// The subject, decoded.
    pub subject: String,
    /// The body, decoded.
    pub text: String,
}

impl Mail {
    /// Reads a mail as it came over the wire, with line feeds for line ends.
    pub(crate) fn read(at_ms: u64, from: String, to: Vec<String>, text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        let headers: Vec<(String, String)> = unfolded
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let subject = decoded_words(header("subject"));
        let text = match header("content-transfer-encoding").to_ascii_lowercase().as_str() {
            "base64" => from_base64(body),
            "quoted-printable" => from_quoted_printable(body),
            _ => body.to_owned(),
        };
        Self { at_ms, from, to, subject, text: text.replace("\r\n", "\n"), headers }
    }

    /// Returns the first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn from_base64(text: &str) -> String {
    let compact: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// RFC 2045 §6.7.
fn from_quoted_printable(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'=')
            .then(|| tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns a header with its encoded words (RFC 2047) read; white space between two of them does not count.
fn decoded_words(value: &str) -> String {
    let mut decoded = String::new();
    let mut after_word = false;
    for word in value.split(' ') {
        let parts: Vec<&str> = word.split('?').collect();
        let text = match parts.as_slice() {
            ["=", _, encoding, text, "="] if encoding.eq_ignore_ascii_case("b") => Some(from_base64(text)),
            ["=", _, encoding, text, "="] if encoding.eq_ignore_ascii_case("q") => {
                Some(from_quoted_printable(&text.replace('_', " ")))
            }
            _ => None,
        };
        let joins = after_word && text.is_some();
        if !decoded.is_empty() && !joins {
            decoded.push(' ');
        }
        after_word = text.is_some();
        decoded.push_str(&text.unwrap_or_else(|| word.to_owned()));
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_mails_are_read() {
        let text = "Subject: =?utf-8?b?R3LDvMOfZQ==?=\n =?utf-8?q?_an_dich?= now\n\
                    Content-Transfer-Encoding: quoted-printable\nTo: x\n\nGr=C3=BC=C3=9F=\ne\nEnde\n";
        let mail = Mail::read(7, "a@b.test".into(), vec!["c@d.test".into()], text);
        assert_eq!(mail.subject, "Grüße an dich now");
        assert_eq!(mail.text, "Grüße\nEnde\n");
        assert_eq!(mail.header("TO"), Some("x"));
        let encoded = "Content-Transfer-Encoding: base64\n\nR3LD\nvMOfZQ==\n";
        assert_eq!(Mail::read(7, String::new(), Vec::new(), encoded).text, "Grüße");
        assert_eq!(Mail::read(7, String::new(), Vec::new(), "A: b\n\n100 % =\n").text, "100 % =\n");
    }
}
