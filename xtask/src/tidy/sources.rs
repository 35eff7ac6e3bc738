//! Checks how source files look: an opening sentence, a readable length, and none of the shortcuts that hide a
//! defect.

use super::files::Tracked;

/// Longer files are refused; the goal is [`GOAL_LINES`].
const MOST_LINES: usize = 450;
/// The length that a file should stay under.
const GOAL_LINES: usize = 400;

/// What no Rust file may contain, and why. Split, so that this file does not find itself.
const NEVER: &[(&str, &str)] = &[
    (concat!("#[al", "low("), "use #[expect(…, reason)]"),
    (concat!("#![al", "low("), "use #![expect(…, reason)]"),
    (concat!("to", "do!("), "unfinished"),
    (concat!("unimple", "mented!("), "unfinished"),
    (concat!("#[ig", "nore"), "a test that does not run proves nothing"),
];

/// What no test may contain.
const NEVER_IN_TESTS: &[&str] = &[concat!("thread::sl", "eep("), concat!("time::sl", "eep(")];

pub(crate) fn check(files: &Tracked) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, text) in files.ending(".rs") {
        breaches.extend(rust(name, text));
    }
    for end in [".svelte", ".ts", ".css", ".mjs", ".js"] {
        for (name, text) in files.ending(end).filter(|(name, _)| !is_generated(name)) {
            breaches.extend(length(name, text));
            if text.contains(concat!("{@ht", "ml")) && !name.ends_with(".test.ts") {
                breaches.push(format!("{name}: renders text as HTML"));
            }
        }
    }
    breaches
}

fn rust(name: &str, text: &str) -> Vec<String> {
    let mut breaches: Vec<String> = length(name, text).into_iter().collect();
    if !text.starts_with("//!") {
        breaches.push(format!("{name}: opens without `//!` saying what it is for"));
    }
    let mut in_tests = is_test_file(name);
    for (number, line) in (1..).zip(text.lines()) {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        for (found, why) in NEVER.iter().filter(|(found, _)| line.contains(found)) {
            breaches.push(format!("{name}:{number}: `{found}`: {why}"));
        }
        if in_tests && NEVER_IN_TESTS.iter().any(|found| line.contains(found)) {
            breaches.push(format!("{name}:{number}: a test waits for a condition, it does not sleep"));
        }
    }
    breaches
}

fn is_test_file(name: &str) -> bool {
    name.split('/').any(|part| part == "tests" || part == "journeys")
}

fn is_generated(name: &str) -> bool {
    name.starts_with("ui/src/lib/contract/")
}

fn length(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MOST_LINES)
        .then(|| format!("{name}: {lines} lines (goal {GOAL_LINES}, at most {MOST_LINES}): split it"))
}

#[cfg(test)]
mod tests {
    use super::super::files::Tracked;
    use super::check;

    fn breaches(name: &str, text: &str) -> usize {
        check(&Tracked::of(&[(name, text)])).len()
    }

    #[test]
    fn module_starts_with_its_purpose() {
        assert_eq!(breaches("src/a.rs", "//! Purpose.\n"), 0);
        assert_eq!(breaches("src/a.rs", "fn main() {}\n"), 1);
    }

    #[test]
    fn a_test_that_sleeps_is_found_wherever_tests_are() {
        let sleeping = concat!("std::thread::sl", "eep(x);");
        assert_eq!(breaches("src/a.rs", &format!("//! A.\n{sleeping}\n")), 0);
        assert_eq!(breaches("src/a.rs", &format!("//! A.\n#[cfg(test)]\n{sleeping}\n")), 1);
        assert_eq!(breaches("x/tests/main.rs", &format!("//! A.\n{sleeping}\n")), 1);
    }

    #[test]
    fn shortcuts_and_long_files_are_found() {
        assert_eq!(breaches("src/a.rs", concat!("//! A.\n#[al", "low(dead_code)]\n")), 1);
        assert_eq!(breaches("ui/src/App.svelte", concat!("{@ht", "ml name}")), 1);
        assert_eq!(breaches("ui/src/a.ts", &"x\n".repeat(451)), 1);
        assert_eq!(breaches("ui/src/lib/contract/a.ts", &"x\n".repeat(451)), 0);
    }
}
