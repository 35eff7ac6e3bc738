//! Checks that docs/REQUIREMENTS.md and the tests agree: it lists what is met, and a test bears each id.
//!
//! A row of its table begins `| N15 | met |`, `| B17 | unmet |` or the like. A test is a Rust function or a test of
//! the page whose name starts with the id in lower case and an underscore: `n15_…`, `b17_…`.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Tracked;

const DOCUMENT: &str = "docs/REQUIREMENTS.md";

pub(crate) fn check(files: &Tracked) -> Vec<String> {
    let Some(document) = files.content(DOCUMENT) else {
        return vec![format!("{DOCUMENT}: missing; it lists which requirements are met")];
    };
    let met = met(document);
    let mut tests: BTreeMap<String, &str> = BTreeMap::new();
    for end in [".rs", ".ts"] {
        for (name, text) in files.ending(end).filter(|(name, _)| !name.starts_with("xtask/")) {
            for id in text.lines().filter_map(tested) {
                tests.entry(id).or_insert(name);
            }
        }
    }
    let mut breaches = Vec::new();
    for id in met.iter().filter(|id| !tests.contains_key(*id)) {
        let begin = id.to_lowercase();
        breaches.push(format!("{DOCUMENT}: {id} is called met, and no test is named {begin}_…"));
    }
    for (id, file) in tests.iter().filter(|(id, _)| !met.contains(*id)) {
        breaches.push(format!("{file}: has a test for {id}, which {DOCUMENT} does not call met"));
    }
    breaches.extend(listed(document, files));
    breaches
}

/// Checks the lists of tests: each row of an overview has its heading, and each test that is listed exists.
fn listed(document: &str, files: &Tracked) -> Vec<String> {
    let headings: BTreeSet<&str> =
        document.lines().filter_map(|line| line.strip_prefix("### ")).map(str::trim).collect();
    let mut breaches: Vec<String> = met(document)
        .iter()
        .filter(|id| !headings.contains(id.as_str()))
        .map(|id| format!("{DOCUMENT}: {id} has no heading `### {id}` with its tests"))
        .collect();
    for item in items(document) {
        let mut names = item.split('`').skip(1).step_by(2);
        let Some((file, content)) = names.next().map(|file| (file, files.content(file))) else { continue };
        match content {
            None => breaches.push(format!("{DOCUMENT}: {file} does not exist")),
            Some(content) => breaches.extend(
                names
                    .filter(|name| !content.contains(name))
                    .map(|name| format!("{DOCUMENT}: {file} has no test `{name}`")),
            ),
        }
    }
    breaches
}

/// Returns the items of the lists below the headings, each in one line.
fn items(document: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in document.lines() {
        if line.starts_with("- `") {
            items.push(line.to_owned());
            is_open = true;
        } else if let (true, Some(rest), Some(last)) = (is_open, line.strip_prefix("  "), items.last_mut()) {
            last.push(' ');
            last.push_str(rest);
        } else {
            is_open = false;
        }
    }
    items
}

/// Returns the ids whose row says `met`.
fn met(document: &str) -> BTreeSet<String> {
    document
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            let id = cells.next()?;
            let says_met = cells.any(|cell| cell.split(&[' ', ':', ',', ';'][..]).next() == Some("met"));
            (is_id(id) && says_met).then(|| id.to_owned())
        })
        .collect()
}

fn is_id(text: &str) -> bool {
    text.strip_prefix(['N', 'B'])
        .is_some_and(|number| !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit()))
}

/// Returns the id in the name of a line's test: `fn n15_…(`, `it("n15_…`, `test("n15_…`.
fn tested(line: &str) -> Option<String> {
    let line = line.trim_start();
    let name = ["fn ", "async fn ", "pub(crate) async fn ", "pub(crate) fn ", "it(\"", "test(\""]
        .iter()
        .find_map(|begin| line.strip_prefix(begin))?;
    let (id, _) = name.split_once('_')?;
    let id = id.to_uppercase();
    is_id(&id).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::super::files::Tracked;
    use super::{check, tested};

    #[test]
    fn test_name_starts_with_its_id() {
        assert_eq!(tested("    fn n15_twenty_calls_make_one_refresh() {"), Some("N15".to_owned()));
        assert_eq!(tested("async fn b2_no_route_takes_a_user_id() {"), Some("B2".to_owned()));
        assert_eq!(tested("  it(\"n26_shows_our_words\", () => {"), Some("N26".to_owned()));
        assert_eq!(tested("fn names_are_sorted() {"), None);
        assert_eq!(tested("fn new_name() {"), None);
    }

    #[test]
    fn met_requirements_and_tests_match() {
        let files = Tracked::of(&[
            (
                "docs/REQUIREMENTS.md",
                "| id | status | requirement |\n|---|---|---|\n| N1 | met | X. |\n| N2 | met | Y. |\n\
                 | N3 | unmet: later | Z. |\n\n### N1\n\n- `a/tests/main.rs`: `n1_x`\n\n### N2\n",
            ),
            ("a/tests/main.rs", "fn n1_x() {}\nfn n3_y() {}\n"),
        ]);
        let breaches = check(&files);
        assert_eq!(breaches.len(), 2, "{breaches:?}");
        assert!(breaches[0].contains("N2") && breaches[1].contains("N3"));
    }

    #[test]
    fn listed_tests_exist_below_a_heading() {
        let files = Tracked::of(&[
            (
                "docs/REQUIREMENTS.md",
                "| N1 | met | X. |\n| N2 | met | Y. |\n\n### N1\n\n- `a/tests/main.rs`: `n1_x`,\n  `n1_gone`, `n1_y`\n\
                 - `a/gone.rs`: `n1_z`\n",
            ),
            ("a/tests/main.rs", "fn n1_x() {}\nfn n1_y() {}\nfn n2_x() {}\n"),
        ]);
        let breaches = check(&files);
        assert_eq!(breaches.len(), 3, "{breaches:?}");
        assert!(breaches[0].contains("### N2") && breaches[1].contains("n1_gone"));
        assert!(breaches[2].contains("a/gone.rs"));
    }
}
