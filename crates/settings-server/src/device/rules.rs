//! Which program and which operating system a user agent belongs to: the rules of uap-core, and a few of our own
//! before them.
//!
//! The rules are a list of patterns, of which the first that matches counts. All of them compiled take 12 MB
//! (`ua-parser`, whose prefilter is used here, does that). So a pattern is compiled when a user agent has the words
//! that the pattern needs, and is then kept: the rules take 2 MB with their first use and 4 MB at most, and a user
//! agent takes some 70 µs. `data/user-agent-rules.py` says where the rules come from.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex_filtered::mapper::{self, Mapper};
use regex_filtered::model::Model;
use regex_lite::Regex;
use serde::Deserialize;

/// The minimum length of a word of a pattern that the prefilter searches for.
const SHORTEST_WORD: usize = 2;

/// Programs that uap-core has no rule for, or names after what they are built with: pattern and name. A second group
/// is the version.
const OWN_PROGRAMS: [(&str, &str); 4] = [
    ("Valve Steam", "Steam"),
    (r"\bSlack(?:_SSB)?/.* Electron/", "Slack"),
    (r"\bCode(?: - Insiders)?/.* Electron/", "VS Code"),
    (r"\b(MicroMessenger)/(\d+)", "WeChat Browser"),
];

/// The same for operating systems.
const OWN_SYSTEMS: [(&str, &str); 5] = [
    // A tablet that calls itself a Mac is taken as a Mac, whatever its browser calls itself.
    (r"^Mozilla/5\.0 \(Macintosh; ", "Mac OS X"),
    (r"\bOpenHarmony\b", "HarmonyOS"),
    (r"\bXbox\b", "Xbox"),
    ("(?:PlayStation|PLAYSTATION)", "PlayStation"),
    (r"\bNintendo\b", "Nintendo"),
];

/// The result of a rule. Both texts may hold words of the user agent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: String,
    /// The first part of the version.
    pub(super) major: Option<String>,
}

/// Returns the program of a user agent.
pub(super) fn program(user_agent: &str) -> Option<Found> {
    LISTS.programs.first(user_agent)
}

/// Returns the operating system of a user agent.
pub(super) fn system(user_agent: &str) -> Option<Found> {
    LISTS.systems.first(user_agent)
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let Data { programs, systems } =
        serde_json::from_str(include_str!("../../data/user-agent-rules.json")).unwrap_or_default();
    Lists {
        programs: List::of(own(&OWN_PROGRAMS).chain(programs)),
        systems: List::of(own(&OWN_SYSTEMS).chain(systems)),
    }
});

struct Lists {
    programs: List,
    systems: List,
}

#[derive(Default, Deserialize)]
struct Data {
    programs: Vec<Row>,
    systems: Vec<Row>,
}

/// Pattern, name, and first part of the version.
#[derive(Deserialize)]
struct Row(String, Option<String>, Option<String>);

fn own(rules: &'static [(&str, &str)]) -> impl Iterator<Item = Row> {
    rules.iter().map(|(pattern, name)| Row((*pattern).to_owned(), Some((*name).to_owned()), None))
}

struct Rule {
    row: Row,
    pattern: OnceLock<Option<Regex>>,
}

impl Rule {
    fn pattern(&self) -> Option<&Regex> {
        self.pattern.get_or_init(|| Regex::new(&self.row.0).ok()).as_ref()
    }
}

struct List {
    rules: Vec<Rule>,
    words: Option<AhoCorasick>,
    /// Finds the rules that may match, given the words that were found.
    mapper: Mapper,
}

impl List {
    fn of(rows: impl Iterator<Item = Row>) -> Self {
        let mut rules = Vec::new();
        let mut builder = mapper::Builder::new(SHORTEST_WORD);
        for row in rows {
            let model = regex_syntax::parse(&row.0).ok().and_then(|pattern| Model::new(&pattern).ok());
            if let Some(model) = model {
                builder.push(model);
                rules.push(Rule { row, pattern: OnceLock::new() });
            }
        }
        let (mapper, words) = builder.build();
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(words)
            .ok();
        Self { rules, words, mapper }
    }

    fn first(&self, user_agent: &str) -> Option<Found> {
        let words = self.words.as_ref()?.find_overlapping_iter(user_agent);
        let candidates = self.mapper.atom_to_re(words.map(|word| word.pattern().as_usize()));
        candidates.into_iter().find_map(|index| {
            let rule = self.rules.get(index)?;
            let groups = rule.pattern()?.captures(user_agent)?;
            let group = |index| groups.get(index).map(|group| group.as_str());
            let first = group(1).unwrap_or_default();
            let Row(_, name, major) = &rule.row;
            let name = name.as_ref().map_or_else(|| first.to_owned(), |name| name.replace("$1", first));
            Some(Found { name, major: major.as_deref().or_else(|| group(2)).map(str::to_owned) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, LISTS, OWN_PROGRAMS, OWN_SYSTEMS};

    #[test]
    fn every_rule_is_read_and_compiles() {
        let data: Data = serde_json::from_str(include_str!("../../data/user-agent-rules.json")).unwrap();
        assert!(data.programs.len() > 400 && data.systems.len() > 200);
        let programs = (LISTS.programs.rules.len(), OWN_PROGRAMS.len() + data.programs.len());
        let systems = (LISTS.systems.rules.len(), OWN_SYSTEMS.len() + data.systems.len());
        for (list, (read, written)) in [(&LISTS.programs, programs), (&LISTS.systems, systems)] {
            assert_eq!(read, written);
            assert!(list.words.is_some());
            for rule in &list.rules {
                assert!(rule.pattern().is_some(), "{}", rule.row.0);
            }
        }
    }
}
