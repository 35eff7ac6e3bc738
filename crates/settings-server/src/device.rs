//! What a user agent and a network address tell a person, and no more: for the list of sessions, the journal and
//! notices.

use std::net::IpAddr;

use account_api::sessions::{DeviceKind, DeviceView};
use woothee::parser::Parser;

/// The longest name of a program that is kept.
const LONGEST_NAME: usize = 64;
/// Longer user agents are not looked at.
const LONGEST: usize = 1024;

/// The device of a user agent.
pub(crate) fn view(user_agent: Option<&str>) -> DeviceView {
    let parsed = user_agent
        .filter(|text| text.len() <= LONGEST)
        .and_then(|text| Parser::new().parse(text).map(|result| (text, result)))
        // Libraries and crawlers are no device of a person.
        .filter(|(_, result)| !matches!(result.category, "misc" | "crawler" | "UNKNOWN"));
    let Some((text, result)) = parsed else {
        return DeviceView { kind: DeviceKind::Unknown, browser: None, system: None };
    };
    let kind = match result.category {
        "pc" => DeviceKind::Computer,
        "smartphone" if result.os == "iPad" || is_tablet(text) => DeviceKind::Tablet,
        "smartphone" | "mobilephone" => DeviceKind::Phone,
        _ => DeviceKind::Unknown,
    };
    let version = result.version.split('.').next().filter(|major| major.parse::<u32>().is_ok_and(|n| n > 0));
    let browser = known(result.name).map(|name| match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    });
    DeviceView { kind, browser, system: known(system(result.os)).map(str::to_owned) }
}

/// `Firefox 140 on Windows`, `Latchkey 0.1.0`, or the beginning of what the program calls itself. Empty if it says
/// nothing. Never holds a control character.
pub(crate) fn name(user_agent: &str) -> String {
    if let Some(version) = user_agent.strip_prefix("Latchkey/") {
        let version = version.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        return format!("Latchkey {}", version.take(20).collect::<String>()).trim_end().to_owned();
    }
    let seen = view(Some(user_agent));
    match (seen.browser, seen.system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser,
        _ => user_agent.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect(),
    }
}

fn known(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "UNKNOWN").then_some(text)
}

/// Android says `Mobile` on phones and leaves it out on tablets.
fn is_tablet(user_agent: &str) -> bool {
    user_agent.contains("Android") && !user_agent.contains("Mobile")
}

fn system(os: &str) -> &str {
    match os {
        os if os.starts_with("Windows") => "Windows",
        "Mac OSX" => "macOS",
        "iPhone" | "iPad" | "iPod" | "iOS" => "iOS",
        other => other,
    }
}

/// A network address without what tells one household from the next: `203.0.113.…`, `2001:db8:…`.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.…")
        }
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            format!("{a:x}:{b:x}:…")
        }
    }
}

#[cfg(test)]
mod tests {
    use account_api::sessions::DeviceKind;
    use proptest::prelude::*;

    use super::{LONGEST_NAME, name, network, view};

    #[test]
    fn user_agents_become_what_a_person_would_say() {
        for (agent, kind, browser, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                DeviceKind::Computer,
                Some("Firefox 140"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
                DeviceKind::Computer,
                Some("Chrome 143"),
                Some("Linux"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
                DeviceKind::Computer,
                Some("Safari 18"),
                Some("macOS"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
                DeviceKind::Phone,
                Some("Safari 18"),
                Some("iOS"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
                DeviceKind::Tablet,
                Some("Chrome 143"),
                Some("Android"),
            ),
            ("node", DeviceKind::Unknown, None, None),
        ] {
            let seen = view(Some(agent));
            assert_eq!(
                (seen.kind, seen.browser.as_deref(), seen.system.as_deref()),
                (kind, browser, system),
                "{agent}"
            );
        }
        assert_eq!(view(None).kind, DeviceKind::Unknown);
    }

    #[test]
    fn programs_are_named_in_a_few_words() {
        for (user_agent, wanted) in [
            ("Latchkey/0.1.0", "Latchkey 0.1.0"),
            ("Latchkey/0.1.0 (evil\r\nheader)", "Latchkey 0.1.0"),
            ("Latchkey/", "Latchkey"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox 140 on Windows",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ] {
            assert_eq!(name(user_agent), wanted);
        }
    }

    #[test]
    fn b44_addresses_are_shortened() {
        for (address, shown) in [
            ("203.0.113.77", "203.0.113.…"),
            ("::ffff:203.0.113.77", "203.0.113.…"),
            ("2001:db8:1:2::3", "2001:db8:…"),
        ] {
            assert_eq!(network(address.parse().unwrap()), shown);
        }
    }

    proptest! {
        #[test]
        fn fuzz_user_agents_and_addresses_never_panic(text in "\\PC{0,200}|(Mozilla/5.0 )?[A-Za-z0-9/;:. ()]{0,120}") {
            let _ = view(Some(&text));
            let name = name(&text);
            prop_assert!(name.chars().count() <= LONGEST_NAME.max(200) && !name.chars().any(char::is_control));
        }
    }
}
