//! The words of comments and documents: plain terms instead of literary ones, and names of tests that fit a line.

use super::files::Tracked;

/// Words that comments and documents do without, and what to write. `stands for` and `stands in` are plain English.
const BANNED: &[(&str, &str)] = &[
    ("nobody", "name who does not: no user, no request"),
    ("somebody", "name who: another user, a request"),
    ("serves", "is valid, works, answers"),
    ("stands", "is"),
    ("beside", "next to, in addition to"),
    ("for ever", "without end"),
    ("shall", "must, will, is to"),
    ("is told", "is notified, returned, logged"),
    ("are told", "are notified, returned, logged"),
];

/// The longest name of a test, in characters.
const LONGEST_TEST: usize = 60;

pub(crate) fn check(files: &Tracked) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, text) in files.all() {
        for (line, number) in text.lines().zip(1..) {
            let Some(prose) = prose(name, line) else { continue };
            for (word, instead) in banned(&prose) {
                breaches.push(format!("{name}:{number}: \"{word}\": write {instead}"));
            }
        }
    }
    for (name, text) in files.ending(".rs") {
        for test in long_tests(text) {
            breaches.push(format!("{name}: `{test}`: a test's name has at most {LONGEST_TEST} characters"));
        }
    }
    breaches
}

/// Returns what a line says to its reader, in lower case and without code in backticks. `None` for a line of code, and for
/// files that quote: this one, the changelog, and findings, which quote other software.
fn prose(name: &str, line: &str) -> Option<String> {
    let is_quoted = name == "CHANGELOG.md" || name.ends_with("tidy/words.rs");
    let trimmed = line.trim_start();
    let is_comment = || ["//", "* ", "/*", "<!--"].iter().any(|start| trimmed.starts_with(start));
    let is_prose = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("md") => true,
        Some("rs" | "ts" | "svelte") => is_comment(),
        _ => false,
    };
    if is_quoted || !is_prose {
        return None;
    }
    let without_code: Vec<&str> = trimmed.split('`').step_by(2).collect();
    Some(without_code.join(" ").to_lowercase())
}

fn banned(prose: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let words: Vec<&str> =
        prose.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let spaced = format!(" {} ", words.join(" ")).replace(" stands for ", " ").replace(" stands in ", " ");
    BANNED.iter().filter(move |(word, _)| spaced.contains(&format!(" {word} ")))
}

/// Returns the names of tests that are too long.
fn long_tests(text: &str) -> Vec<&str> {
    let mut is_test = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            let name = rest.split('(').next().unwrap_or(rest);
            if name.chars().count() > LONGEST_TEST {
                found.push(name);
            }
            is_test = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::files::Tracked;
    use super::check;

    fn breaches(name: &str, text: &str) -> usize {
        check(&Tracked::of(&[(name, text)])).len()
    }

    #[test]
    fn banned_words_are_found_in_prose_alone() {
        for (name, text, wanted) in [
            ("a.rs", "/// Nobody sees it.", 1),
            ("a.rs", "let nobody = 1;", 0),
            ("a.rs", "// The user `nobody` of the system.", 0),
            ("a.rs", "//! The sign of what stands beside it, for ever.", 3),
            ("a.rs", "// `*` stands for any text.", 0),
            ("docs/A.md", "It shall be so.", 1),
            ("docs/A.md", "A marshall is no such word.", 0),
            ("CHANGELOG.md", "You are told.", 0),
        ] {
            assert_eq!(breaches(name, text), wanted, "{text}");
        }
    }

    #[test]
    fn long_name_of_a_test_is_found() {
        let name = "n".repeat(61);
        assert_eq!(breaches("a.rs", &format!("#[tokio::test]\nasync fn {name}() {{}}")), 1);
        assert_eq!(breaches("a.rs", &format!("#[test]\nfn {}() {{}}", "n".repeat(60))), 0);
        assert_eq!(breaches("a.rs", &format!("fn {name}() {{}}")), 0);
    }
}
