//! Which program asked, in a few words: what the journal keeps and a notice says of a `user-agent`.

/// The longest name of a program that is kept.
const LONGEST: usize = 64;

/// Browsers and what they are recognised by; the first that fits counts, because most pretend to be others, too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Systems, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Windows`, `Latchkey 0.1.0`, or the beginning of what the program calls itself. Empty if it says
/// nothing. Never holds a control character.
pub(crate) fn name(user_agent: &str) -> String {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    if let Some(version) = user_agent.strip_prefix("Latchkey/") {
        let version: String = version
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .take(20)
            .collect();
        return format!("Latchkey {version}").trim_end().to_owned();
    }
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => user_agent.chars().filter(|c| !c.is_control()).take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, name};

    #[test]
    fn programs_are_named_in_a_few_words() {
        for (user_agent, wanted) in [
            ("Latchkey/0.1.0", "Latchkey 0.1.0"),
            ("Latchkey/0.1.0 (evil\r\nheader)", "Latchkey 0.1.0"),
            ("Latchkey/", "Latchkey"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ] {
            assert_eq!(name(user_agent), wanted);
        }
    }

    proptest! {
        #[test]
        fn fuzz_names_are_short_and_of_one_line(user_agent in "\\PC{0,300}") {
            let name = name(&user_agent);
            prop_assert!(name.chars().count() <= LONGEST && !name.chars().any(char::is_control));
        }
    }
}
