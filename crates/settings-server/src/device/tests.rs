//! The names of programs that users see, none of which contains foreign text. The programs of 2026 are in
//! `tests/foreign_text.rs`.

use std::collections::BTreeSet;

use account_api::sessions::DeviceKind;
use proptest::prelude::*;

use super::names::{PROGRAMS, SYSTEMS};
use super::{OWN, is_name, name, network, view};

#[test]
fn b44_user_agents_become_names_a_user_would_say() {
    let console = "Mozilla/5.0 (PlayStation; PlayStation 5/11.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15";
    for (agent, kind, browser, system) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.7000.0 Electron/43.0.0 Safari/537.36",
            DeviceKind::Computer,
            None,
            Some("Windows"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
            DeviceKind::Tablet,
            Some("Chrome 143"),
            Some("Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 12; Pixel 6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36 Unheard/7.0",
            DeviceKind::Phone,
            Some("Chrome 143"),
            Some("Android"),
        ),
        (
            "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18",
            DeviceKind::Computer,
            Some("Opera 12"),
            Some("Windows"),
        ),
        (
            "Mozilla/5.0 (compatible; ExampleCrawler/1.0; +http://crawler.example/)",
            DeviceKind::Unknown,
            None,
            None,
        ),
        (console, DeviceKind::Unknown, None, Some("PlayStation")),
        ("Mozilla/5.0", DeviceKind::Unknown, None, None),
        ("node", DeviceKind::Unknown, None, None),
        ("", DeviceKind::Unknown, None, None),
    ] {
        let seen = view(Some(agent));
        assert_eq!(
            (seen.kind, seen.browser.as_deref(), seen.system.as_deref()),
            (kind, browser, system),
            "{agent}"
        );
    }
    assert_eq!(view(None).kind, DeviceKind::Unknown);
    let long = format!("Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0.0.0 {}", "x".repeat(1024));
    assert_eq!(view(Some(&long)).browser, None);
}

#[test]
fn b29_program_names_are_constants() {
    for (user_agent, wanted) in [
        ("Latchkey/0.1.0", "Latchkey 0.1.0"),
        ("Latchkey/0.1.0-beta.1", "Latchkey 0.1.0"),
        ("Latchkey/0.1.0 (evil\r\nheader)", "Latchkey 0.1.0"),
        ("Latchkey/1.2.3.4.5", "Latchkey"),
        ("Latchkey/12345", "Latchkey"),
        ("Latchkey/1..2", "Latchkey"),
        ("Latchkey/12.34.56", "Latchkey 12.34.56"),
        ("Latchkey/1800.5550.1234.5678", "Latchkey"),
        ("Latchkey/203.0.113.7", "Latchkey"),
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
        // The rules take the names of such programs from the text as they are.
        ("Mozilla/5.0 (X11; Linux x86_64) /CallSupportBot 15550004567", ""),
        ("Mozilla/5.0 (X11; Linux x86_64) call-support-iPhone/1.0 CFNetwork/1", ""),
        ("DoCoMo/1.0/call-support", ""),
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
fn b29_text_kept_by_an_older_version_is_no_name() {
    for kept in [
        "",
        "curl/8.5.0",
        "Latchkey 1-beta",
        "Latchkey 1.0 on Windows",
        "Firefox 140.0",
        "Firefox 99999",
        "Firefox ",
        "Slack 4 on Windows",
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
        ("::ffff:cb00:714d", "203.0.113.…"),
        ("64:ff9b::203.0.113.77", "203.0.113.…"),
        ("::ffff:127.0.0.1", "127.0.0.…"),
        ("::1", "::1"),
        ("2001:db8:1:2::3", "2001:db8:…"),
    ] {
        assert_eq!(network(address.parse().unwrap()), shown);
    }
}

/// User agents with words that the rules search for, and foreign words.
fn hostile() -> impl Strategy<Value = String> {
    let known = "Mozilla/5\\.0|Opera/9\\.80|Latchkey|Firefox|Chrome|Safari|MSIE|Edg|OPR|Version|Mobile|Android|iPhone|iPad|CPU|\
                 Windows NT 10\\.0|Windows Phone|Linux|FreeBSD|CrOS|OpenHarmony|HuaweiBrowser|MicroMessenger|Instagram|\
                 FBAN|FBAV|\\[FB|Line|Slack|Code|Electron|Valve Steam|BlackBerry|Nintendo|PlayStation|Tizen|HbbTV|Opera|\
                 Trident|SamsungBrowser|YaBrowser|GSA|Sleipnir|Vivaldi|like Mac OS X|Gecko|AppleWebKit|bot|Spider|crawl|\
                 CFNetwork|Darwin|wv|rv:";
    let part =
        proptest::string::string_regex(&format!("({known}|canary[a-z]{{0,6}}|[0-9]{{1,9}}|\\PC{{1,4}})"))
            .unwrap();
    let between = proptest::sample::select(vec![" ", "/", ";", "; ", ".", "(", ")", "-", ":", ""]);
    let begin = proptest::sample::select(vec!["Mozilla/5.0 (", "Opera/", "Latchkey/", ""]);
    (begin, prop::collection::vec((part, between), 0..14)).prop_map(|(begin, parts)| {
        let parts = parts.into_iter().map(|(part, between)| part + between);
        std::iter::once(begin.to_owned()).chain(parts).collect()
    })
}

proptest! {
    #[test]
    fn b29_no_part_of_a_user_agent_is_passed_on(agent in hostile()) {
        let names = PROGRAMS.iter().map(|entry| entry.name).chain(SYSTEMS.iter().map(|entry| entry.name));
        let known: BTreeSet<&str> = names.chain([OWN, "on"]).flat_map(|name| name.split(' ')).collect();
        let seen = view(Some(&agent));
        let named = name(&agent);
        prop_assert!(named.is_empty() || is_name(&named), "{}", named);
        for text in [Some(named), seen.browser, seen.system].into_iter().flatten() {
            for word in text.split(' ').filter(|word| !word.is_empty()) {
                let is_part = |part: &str| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
                prop_assert!(known.contains(word) || word.split('.').all(is_part), "{} of {}", word, agent);
            }
        }
    }
}
