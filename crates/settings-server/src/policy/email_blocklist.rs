//! New e-mail addresses that are refused: by the tenant's own lists, and those in the domains of enterprise
//! connectors.
//!
//! Logto applies them in its own pages and not in its Management API, so this server does (decision 15). One rule it
//! cannot apply: only Logto Cloud knows the providers of throw-away addresses; `--check-config --online` reports that.

use logto_client::types::{EmailBlocklistPolicy, SignInExperience, SsoConnector};

use super::email_address::{EmailAddress, domain_name};

/// Whether a tenant refuses a new address.
pub(crate) fn is_blocked(
    address: &EmailAddress,
    experience: &SignInExperience,
    connectors: &[SsoConnector],
) -> bool {
    is_listed(address, &experience.email_blocklist_policy)
        || (experience.single_sign_on_enabled && is_owned(address, connectors))
}

/// Whether an enterprise connector owns the domain: Logto lets such an address sign in through the connector alone, so
/// it would not be a sign-in method (B17).
pub(crate) fn is_owned(address: &EmailAddress, connectors: &[SsoConnector]) -> bool {
    let owned = |domain: &String| domain_name(domain).as_deref() == Some(address.domain());
    connectors.iter().flat_map(|connector| &connector.domains).any(owned)
}

fn is_listed(address: &EmailAddress, policy: &EmailBlocklistPolicy) -> bool {
    let is_one_of = |list: &[String]| list.iter().any(|item| is_meant(item, address));
    let is_subaddress = address.key().rsplit_once('@').is_some_and(|(local, _)| local.contains('+'));
    (policy.block_subaddressing && is_subaddress)
        || is_one_of(&policy.custom_blocklist)
        || (!policy.custom_allowlist.is_empty() && !is_one_of(&policy.custom_allowlist))
}

/// Whether an entry of a list matches an address.
fn is_meant(item: &str, address: &EmailAddress) -> bool {
    let Some((local, domain)) = item.trim().rsplit_once('@') else { return false };
    let domain = if domain.contains('*') { None } else { domain_name(domain) }
        .unwrap_or_else(|| domain.to_lowercase());
    if local.is_empty() {
        return fits(&domain, address.domain());
    }
    fits(&format!("{}@{domain}", local.to_lowercase()), address.key())
}

/// Whether a text matches a pattern, in which `*` matches any characters.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts = rest.split('*');
    let tail = parts.next_back().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn b34_blocklist_of_the_tenant_is_applied() {
        for (item, text, blocked) in [
            ("foo@bar.example", "foo@bar.example", true),
            ("foo@bar.example", "FOO@Bar.Example", true),
            ("Foo@Bar.Example", "foo@bar.example", true),
            ("foo@bar.example", "foo2@bar.example", false),
            ("@bar.example", "anybody@bar.example", true),
            ("@BAR.example", "anybody@bar.example", true),
            ("@bar.example", "anybody@sub.bar.example", false),
            ("@bücher.example", "a@xn--bcher-kva.example", true),
            ("@*.bar.example", "anybody@sub.bar.example", true),
            ("@*.bar.example", "anybody@bar.example", false),
            ("@bar.*", "anybody@bar.example", true),
            ("spam*@bar.example", "spammer@bar.example", true),
            ("spam*@bar.example", "ham@bar.example", false),
            ("*a*b*@bar.example", "xaxbx@bar.example", true),
            ("*a*b*@bar.example", "xbxax@bar.example", false),
            ("bar.example", "anybody@bar.example", false),
            ("", "anybody@bar.example", false),
        ] {
            let policy = EmailBlocklistPolicy { custom_blocklist: list(&[item]), ..Default::default() };
            assert_eq!(is_listed(&address(text), &policy), blocked, "{item} {text}");
        }
    }

    #[test]
    fn b34_subaddresses_and_addresses_off_an_allow_list_are_blocked() {
        let policy = EmailBlocklistPolicy { block_subaddressing: true, ..Default::default() };
        assert!(is_listed(&address("alice+list@example.test"), &policy));
        assert!(!is_listed(&address("alice@example.test"), &policy));
        let policy = EmailBlocklistPolicy {
            custom_allowlist: list(&["@example.test"]),
            custom_blocklist: list(&["bob@example.test"]),
            ..Default::default()
        };
        assert!(!is_listed(&address("alice@example.test"), &policy));
        assert!(is_listed(&address("bob@example.test"), &policy), "what is blocked stays blocked");
        assert!(is_listed(&address("alice@elsewhere.test"), &policy));
        assert!(!is_listed(&address("alice+list@example.test"), &EmailBlocklistPolicy::default()));
    }

    #[test]
    fn b17_a_domain_of_an_enterprise_connector_is_refused() {
        let connectors = [SsoConnector {
            id: "one".to_owned(),
            connector_name: "corp".to_owned(),
            branding: logto_client::types::SsoBranding::default(),
            sync_profile: false,
            domains: list(&["Corp.example.test", "bücher.example"]),
        }];
        let mut experience = SignInExperience { single_sign_on_enabled: true, ..Default::default() };
        assert!(is_blocked(&address("alice@corp.example.test"), &experience, &connectors));
        assert!(is_blocked(&address("alice@xn--bcher-kva.example"), &experience, &connectors));
        assert!(!is_blocked(&address("alice@sub.corp.example.test"), &experience, &connectors));
        experience.single_sign_on_enabled = false;
        assert!(!is_blocked(&address("alice@corp.example.test"), &experience, &connectors));
    }

    proptest! {
        #[test]
        fn fuzz_patterns_never_panic_and_stars_are_any_characters(
            pattern in "[ab*@.ä]{0,12}", text in "[ab@.ä]{0,12}"
        ) {
            fits(&pattern, &text);
            prop_assert!(fits("*", &text) && fits(&text, &text));
            let (begins, ends, twice) = (format!("{text}*"), format!("*{text}"), text.repeat(2));
            prop_assert!(fits(&begins, &twice) && fits(&ends, &twice));
        }
    }
}
