//! What a user agent and a network address tell a person, and no more: for the list of sessions, the journal and
//! notices.
//!
//! A user agent is a stranger's text: whoever holds an access token writes what they like into it, and it would reach the
//! owner in a security mail. Of its words none is passed on. The parser says which program it takes it for; the names that
//! are shown are constants of this file, with a number of at most four digits.

use std::net::IpAddr;

use account_api::sessions::{DeviceKind, DeviceView};
use woothee::parser::Parser;

/// Longer user agents are not looked at.
const LONGEST: usize = 1024;
/// The most digits of one part of a version.
const MOST_DIGITS: usize = 4;
/// The most parts of the version of our own app.
const MOST_PARTS: usize = 4;

/// What our own app calls itself.
const OWN: &str = "Latchkey";

/// The browsers that are named, as the parser calls them too.
const BROWSERS: [&str; 12] = [
    "Chrome",
    "Edge",
    "Firefox",
    "Google Search App",
    "Internet Explorer",
    "Opera",
    "Safari",
    "SamsungBrowser",
    "Sleipnir",
    "Vivaldi",
    "Webview",
    "Yandex Browser",
];

/// The operating systems that are named: what the parser calls each (the beginning of it, where versions differ), and its
/// name here.
const SYSTEMS: [(&str, &str); 15] = [
    ("Windows", "Windows"),
    ("Mac OSX", "macOS"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("iPod", "iOS"),
    ("iOS", "iOS"),
    ("Android", "Android"),
    ("ChromeOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("BSD", "BSD"),
    ("Firefox OS", "Firefox OS"),
    ("BlackBerry", "BlackBerry"),
    ("PlayStation", "PlayStation"),
    ("Nintendo", "Nintendo"),
    ("Xbox", "Xbox"),
];

/// What is known of the program behind a user agent.
struct Program {
    kind: DeviceKind,
    browser: Option<&'static str>,
    major: Option<u16>,
    system: Option<&'static str>,
}

impl Program {
    const UNKNOWN: Self = Self { kind: DeviceKind::Unknown, browser: None, major: None, system: None };

    fn of(user_agent: &str) -> Self {
        if user_agent.len() > LONGEST {
            return Self::UNKNOWN;
        }
        let parsed = Parser::new().parse(user_agent);
        // Libraries and crawlers are no device of a person.
        let is_device = |category: &str| !matches!(category, "misc" | "crawler" | "UNKNOWN");
        let Some(parsed) = parsed.filter(|parsed| is_device(parsed.category)) else { return Self::UNKNOWN };
        let kind = match parsed.category {
            "pc" => DeviceKind::Computer,
            "smartphone" if parsed.os == "iPad" || is_tablet(user_agent) => DeviceKind::Tablet,
            "smartphone" | "mobilephone" => DeviceKind::Phone,
            _ => DeviceKind::Unknown,
        };
        Self {
            kind,
            browser: BROWSERS.into_iter().find(|name| *name == parsed.name),
            major: major(parsed.version),
            system: SYSTEMS
                .into_iter()
                .find(|(begins, _)| parsed.os.starts_with(begins))
                .map(|(_, name)| name),
        }
    }

    /// `Firefox 140`
    fn browser(&self) -> Option<String> {
        let name = self.browser?;
        Some(self.major.map_or_else(|| name.to_owned(), |major| format!("{name} {major}")))
    }
}

/// The device of a user agent.
pub(crate) fn view(user_agent: Option<&str>) -> DeviceView {
    let program = user_agent.map_or(Program::UNKNOWN, Program::of);
    DeviceView { kind: program.kind, browser: program.browser(), system: program.system.map(str::to_owned) }
}

/// `Firefox 140 on Windows`, `Latchkey 0.1.0`. Empty for every program that has no name here.
pub(crate) fn name(user_agent: &str) -> String {
    if let Some(version) = user_agent.strip_prefix(OWN).and_then(|rest| rest.strip_prefix('/')) {
        return format!("{OWN} {}", own_version(version)).trim_end().to_owned();
    }
    let program = Program::of(user_agent);
    match (program.browser(), program.system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser,
        (None, _) => String::new(),
    }
}

/// Whether a text is what [`name`] gives for some user agent. The store may still hold what an older version of this
/// server kept there: the program's own words.
pub(crate) fn is_name(text: &str) -> bool {
    let (program, system) = text.split_once(" on ").map_or((text, None), |(one, other)| (one, Some(other)));
    let (name, version) = match program.rsplit_once(' ') {
        Some((name, version)) if !version.is_empty() && own_version(version) == version => {
            (name, Some(version))
        }
        _ => (program, None),
    };
    let is_system = |text: &str| SYSTEMS.iter().any(|(_, name)| *name == text);
    match system {
        None if name == OWN => true,
        system => {
            BROWSERS.contains(&name)
                && system.is_none_or(is_system)
                && version.is_none_or(|version| !version.contains('.'))
        }
    }
}

/// The first part of a version, if it is a number of at most four digits.
fn major(version: &str) -> Option<u16> {
    let major = version.split('.').next()?;
    let is_number = major.len() <= MOST_DIGITS && major.bytes().all(|byte| byte.is_ascii_digit());
    major.parse().ok().filter(|number| is_number && *number > 0)
}

/// The numbers that a version of our own app begins with, `0.1.0` of `0.1.0-beta`, or nothing.
fn own_version(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = &text[..end];
    let is_version = version.split('.').count() <= MOST_PARTS
        && version.split('.').all(|part| (1..=MOST_DIGITS).contains(&part.len()));
    if is_version { version } else { "" }
}

/// Android says `Mobile` on phones and leaves it out on tablets.
fn is_tablet(user_agent: &str) -> bool {
    user_agent.contains("Android") && !user_agent.contains("Mobile")
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

    use super::{BROWSERS, OWN, SYSTEMS, is_name, name, network, view};

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
    fn b29_programs_are_named_by_our_own_words() {
        for (user_agent, wanted) in [
            ("Latchkey/0.1.0", "Latchkey 0.1.0"),
            ("Latchkey/0.1.0-beta.1", "Latchkey 0.1.0"),
            ("Latchkey/0.1.0 (evil\r\nheader)", "Latchkey 0.1.0"),
            ("Latchkey/1.2.3.4.5", "Latchkey"),
            ("Latchkey/12345", "Latchkey"),
            ("Latchkey/1..2", "Latchkey"),
            ("Latchkey/", "Latchkey"),
            ("Latchkey/call-support", "Latchkey"),
            ("Latchkey call support", ""),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox 140 on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/15550004567.0",
                "Firefox on Windows",
            ),
            // The parser takes the versions of such telephones from the text as they are.
            ("DoCoMo/1.0/call-support", ""),
            ("DoCoMo/2.0 call-support(c100;TB;W24H12)", ""),
            ("SoftBank/1.0/call-support/TJ001", ""),
            ("curl/8.5.0", ""),
            ("Your account is blocked, see support.example", ""),
            ("", ""),
        ] {
            assert_eq!(name(user_agent), wanted, "{user_agent}");
            assert!(wanted.is_empty() || is_name(wanted), "{wanted}");
        }
    }

    #[test]
    fn b29_what_an_older_version_kept_is_no_name() {
        for kept in [
            "",
            "curl/8.5.0",
            "Latchkey 1-beta",
            "Latchkey 1.0 on Windows",
            "Firefox 140.0",
            "Firefox 99999",
            "Firefox ",
            "Firefox 140 on support.example",
            "call Firefox 140 on Windows",
            "Firefox 140 on Windows on Windows",
        ] {
            assert!(!is_name(kept), "{kept}");
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

    /// User agents with every word that the parser has a rule for, and words of a stranger.
    fn hostile() -> impl Strategy<Value = String> {
        let known = "Mozilla/5\\.0|Latchkey|Firefox|Chrome|Safari|MSIE|Edg|OPR|Version|Mobile|Android|iPhone|iPad|CPU|\
                     Windows NT 10\\.0|Windows Phone OS|Linux|FreeBSD|CrOS|DoCoMo|FOMA|SoftBank|WILLCOM|KDDI-|jig browser|\
                     BlackBerry|Nintendo|PlayStation|PSP|SymbianOS|Opera|Trident|SamsungBrowser|YaBrowser|GSA|Sleipnir|\
                     Vivaldi|like Mac OS X|Gecko|AppleWebKit|Googlebot|HttpClient|rv:";
        let part =
            proptest::string::string_regex(&format!("({known}|canary[a-z]{{0,6}}|[0-9]{{1,9}}|\\PC{{1,4}})"))
                .unwrap();
        let between = proptest::sample::select(vec![" ", "/", ";", "; ", ".", "(", ")", "-", ":", ""]);
        prop::collection::vec((part, between), 0..14)
            .prop_map(|parts| parts.into_iter().map(|(part, between)| part + between).collect())
    }

    proptest! {
        #[test]
        fn b29_no_word_of_a_user_agent_is_passed_on(agent in hostile()) {
            let seen = view(Some(&agent));
            let named = name(&agent);
            prop_assert!(named.is_empty() || is_name(&named), "{}", named);
            let words = BROWSERS.into_iter().chain(SYSTEMS.map(|(_, name)| name)).chain([OWN, "on"]);
            let words: Vec<&str> = words.flat_map(|name| name.split(' ')).collect();
            let shown = [Some(named), seen.browser, seen.system].into_iter().flatten();
            for word in shown.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()) {
                let is_number = word.split('.').all(|part| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert!(words.contains(&word.as_str()) || is_number, "{} of {}", word, agent);
            }
        }
    }
}
