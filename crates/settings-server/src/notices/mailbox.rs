//! Addresses in the syntax of SMTP (RFC 5321 §4.1.2), for every address that Logto stores and that can be written in
//! SMTP.
//!
//! Logto accepts what fits `^\S+@\S+\.\S+$`: an administrator may have stored a domain in its own letters, or a local
//! part that SMTP puts in quotes. `policy::email_address` is stricter: it is for what users type here.

use lettre::Address;

/// Returns the address to write to: its domain as in DNS (UTS 46), its local part quoted where it is no dot-atom.
/// Returns `None` for an address that cannot be written in SMTP.
pub(crate) fn address(stored: &str) -> Option<Address> {
    let (local, domain) = stored.rsplit_once('@')?;
    let domain = domain_name(domain)?;
    Address::new(local, &domain).or_else(|_| Address::new(quoted(local), &domain)).ok()
}

/// Returns a domain as in DNS, without the dot of the root. A literal in brackets stays as it is.
pub(crate) fn domain_name(domain: &str) -> Option<String> {
    if domain.starts_with('[') {
        return Some(domain.to_owned());
    }
    let ascii = idna::domain_to_ascii(domain).ok()?;
    Some(ascii.strip_suffix('.').unwrap_or(&ascii).to_owned())
}

/// Returns a local part as a quoted string.
fn quoted(local: &str) -> String {
    format!("\"{}\"", local.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::address;

    #[test]
    fn b29_addresses_are_written_in_smtp_syntax() {
        for (stored, wanted) in [
            ("bob@example.test", "bob@example.test"),
            ("Bob@Example.TEST", "Bob@example.test"),
            ("bob@exämple.de", "bob@xn--exmple-cua.de"),
            ("bob@EXÄMPLE.DE", "bob@xn--exmple-cua.de"),
            ("bob@exa\u{308}mple.de", "bob@xn--exmple-cua.de"),
            ("bob@xn--exmple-cua.de", "bob@xn--exmple-cua.de"),
            ("bob@例え。テスト", "bob@xn--r8jz45g.xn--zckzah"),
            ("bob@straße.de", "bob@xn--strae-oqa.de"),
            ("bob@exa_mple.test", "bob@exa_mple.test"),
            ("bob@example.test.", "bob@example.test"),
            ("bob@[192.0.2.1]", "bob@[192.0.2.1]"),
            ("jürgen@exämple.de", "jürgen@xn--exmple-cua.de"),
            ("o'brien+list@example.test", "o'brien+list@example.test"),
            // Old addresses of Japanese telephones, and others that are no dot-atoms.
            ("bob..k@example.test", "\"bob..k\"@example.test"),
            ("bob.@example.test", "\"bob.\"@example.test"),
            ("b@o@example.test", "\"b@o\"@example.test"),
            ("b,\"o\\b@example.test", "\"b,\\\"o\\\\b\"@example.test"),
            ("\"b..o\"@example.test", "\"b..o\"@example.test"),
        ] {
            assert_eq!(
                address(stored).map(|address| address.to_string()).as_deref(),
                Some(wanted),
                "{stored}"
            );
        }
    }

    #[test]
    fn b29_address_without_smtp_syntax_is_refused() {
        let long = format!("{}@example.test", "b".repeat(65));
        for stored in [
            "",
            "bob",
            "@example.test",
            "bob@",
            "bob@example..test",
            "Bob<bob@example.test>",
            "bob@xn--a.test",
            "bob@exa\u{ad}\0mple.test",
            "bob@example.test\r\nBcc:eve@example.test",
            "bob\r\nBcc:eve@example.test",
            "bob\n.k@example.test",
            &long,
        ] {
            assert_eq!(address(stored), None, "{stored:?}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_no_address_leaves_its_line_or_its_brackets(stored in "\\PC{0,60}@\\PC{0,60}|[ -~\\r\\n\\t]{0,40}@[ -~\\r\\n]{0,40}") {
            if let Some(address) = address(&stored) {
                prop_assert!(!address.to_string().contains(char::is_control), "{:?}", address);
                prop_assert!(address.domain().is_ascii(), "{:?}", address);
            }
        }
    }
}
