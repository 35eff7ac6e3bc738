//! Names for user agents and network addresses, as users may see them: for the list of sessions, the audit log and
//! notices.
//!
//! A user agent is foreign text: a client with an access token can put anything into it, and it would reach the user
//! in a security mail. So no part of it is passed on. The rules say which program it is taken for; the names that are
//! shown are constants of `names`, with a number of at most four digits.

mod names;
mod rules;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use account_api::sessions::{DeviceKind, DeviceView};

use crate::http::client_ip;
use names::Platform;

/// Longer user agents are ignored.
const LONGEST: usize = 1024;
/// The maximum number of digits of one part of a version.
const MOST_DIGITS: usize = 4;
/// The parts of the version of our own app, and the maximum number of digits of one: no phone number or address fits.
const OWN_PARTS: usize = 3;
const MOST_OWN_DIGITS: usize = 2;

/// The name of our own app in its user agent.
const OWN: &str = "Latchkey";

/// The program behind a user agent, as far as it is recognised.
struct Program {
    kind: DeviceKind,
    browser: Option<&'static str>,
    major: Option<u16>,
    system: Option<&'static str>,
}

impl Program {
    const UNKNOWN: Self = Self { kind: DeviceKind::Unknown, browser: None, major: None, system: None };

    fn of(user_agent: &str) -> Self {
        if user_agent.len() > LONGEST || !BROWSERS_BEGIN.iter().any(|begin| user_agent.starts_with(begin)) {
            return Self::UNKNOWN;
        }
        let program = rules::program(user_agent);
        if is_crawler(user_agent, program.as_ref().map_or("", |program| &program.name)) {
            return Self::UNKNOWN;
        }
        let system = rules::system(user_agent).and_then(|system| names::system(&system.name));
        let named = program.as_ref().and_then(|program| names::program(&program.name));
        // WebKit calls itself Safari on every system, also as a part of an app.
        let named =
            named.filter(|named| named.name != SAFARI || system.is_some_and(|system| system.has_safari()));
        let major = program.and_then(|program| major(program.major.as_deref()?));
        let (kind, system) = match system {
            // Headsets say that they are computers, or telephones.
            _ if user_agent.contains(" VR ") => (DeviceKind::Unknown, None),
            _ if TELEVISIONS.iter().any(|part| user_agent.contains(part)) => (DeviceKind::Unknown, system),
            Some(one) => (kind(user_agent, one.platform), system),
            None => (DeviceKind::Unknown, None),
        };
        Self {
            kind,
            browser: named.map(|named| named.name),
            major: major.filter(|_| named.is_some_and(|named| named.has_version)),
            system: system.map(|system| system.name),
        }
    }

    /// `Firefox 140`
    fn browser(&self) -> Option<String> {
        let name = self.browser?;
        Some(self.major.map_or_else(|| name.to_owned(), |major| format!("{name} {major}")))
    }
}

/// The beginning of the user agents of browsers, and of apps that show pages. Those of libraries and tools, which are
/// no user's device, do not have it.
const BROWSERS_BEGIN: [&str; 2] = ["Mozilla/", "Opera/"];
const SAFARI: &str = "Safari";
/// What televisions call themselves.
const TELEVISIONS: [&str; 7] = [" TV ", "SMART-TV", "SmartTV", "HbbTV", "AppleTV", "GoogleTV", "Android TV"];

/// Whether the user agent says that it is a crawler: by its name, or by the address of a page about it.
fn is_crawler(user_agent: &str, program: &str) -> bool {
    let program = program.to_ascii_lowercase();
    ["bot", "spider", "crawl"].iter().any(|part| program.contains(part)) || user_agent.contains("+http")
}

fn kind(user_agent: &str, platform: Platform) -> DeviceKind {
    let says = |part| user_agent.contains(part);
    match platform {
        Platform::Computer => DeviceKind::Computer,
        Platform::Other => DeviceKind::Unknown,
        Platform::Handheld if says("iPad") || says("Tablet") => DeviceKind::Tablet,
        // Android says `Mobile` on phones and leaves it out on tablets.
        Platform::Handheld if says("Android") && !says("Mobile") => DeviceKind::Tablet,
        Platform::Handheld => DeviceKind::Phone,
    }
}

/// Returns the device of a user agent.
pub(crate) fn view(user_agent: Option<&str>) -> DeviceView {
    let program = user_agent.map_or(Program::UNKNOWN, Program::of);
    DeviceView { kind: program.kind, browser: program.browser(), system: program.system.map(str::to_owned) }
}

/// Returns a name such as `Firefox 140 on Windows` or `Latchkey 0.1.0`, or an empty text for every program that has no
/// name here.
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

/// Whether a text is what [`name`] returns for some user agent. The store may still hold what an older version of this
/// server kept there: the program's own words.
pub(crate) fn is_name(text: &str) -> bool {
    let (program, system) =
        text.split_once(" on ").map_or((text, None), |(program, system)| (program, Some(system)));
    let (name, version) = match program.rsplit_once(' ') {
        Some((OWN, version)) if !version.is_empty() && own_version(version) == version => {
            (OWN, Some(version))
        }
        Some((name, version))
            if name != OWN && major(version).is_some_and(|major| major.to_string() == version) =>
        {
            (name, Some(version))
        }
        _ => (program, None),
    };
    match system {
        None if name == OWN => true,
        system => {
            names::PROGRAMS
                .iter()
                .any(|program| program.name == name && (program.has_version || version.is_none()))
                && system.is_none_or(|text| names::SYSTEMS.iter().any(|system| system.name == text))
        }
    }
}

/// Returns the first part of a version, if it is a number of at most four digits.
fn major(version: &str) -> Option<u16> {
    let major = version.split('.').next()?;
    let is_number = major.len() <= MOST_DIGITS && major.bytes().all(|byte| byte.is_ascii_digit());
    major.parse().ok().filter(|number| is_number && *number > 0)
}

/// Returns the numbers that a version of our own app begins with (`0.1.0` of `0.1.0-beta`), if there are any.
fn own_version(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = &text[..end];
    let is_version = version.split('.').count() <= OWN_PARTS
        && version.split('.').all(|part| (1..=MOST_OWN_DIGITS).contains(&part.len()));
    if is_version { version } else { "" }
}

/// Returns a network address without the part that distinguishes households: `203.0.113.…`, `2001:db8:…`; `::1` for
/// the machine that Logto, or this server, runs on.
pub(crate) fn network(address: IpAddr) -> String {
    match client_ip::canonical(address) {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.…")
        }
        IpAddr::V6(address) if address.is_loopback() => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            format!("{a:x}:{b:x}:…")
        }
    }
}
