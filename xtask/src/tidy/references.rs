//! Checks that what comments and documents refer to exists: decisions in docs/DECISIONS.md, and documents in this
//! repository.

use std::collections::BTreeSet;

use super::files::Tracked;

const DECISIONS: &str = "docs/DECISIONS.md";

pub(crate) fn check(files: &Tracked) -> Vec<String> {
    let Some(decisions) = files.content(DECISIONS) else {
        return vec![format!("{DECISIONS}: missing; comments refer to its numbers")];
    };
    let decisions: BTreeSet<&str> = decisions.lines().filter_map(heading).collect();
    let documents: BTreeSet<&str> =
        files.ending(".md").map(|(name, _)| name.rsplit('/').next().unwrap_or(name)).collect();
    let mut breaches = Vec::new();
    for (name, text) in files.all().filter(|(name, _)| is_checked(name)) {
        for (line, number) in text.lines().zip(1..) {
            for decision in named_decisions(line).into_iter().filter(|decision| !decisions.contains(decision))
            {
                breaches.push(format!("{name}:{number}: {DECISIONS} has no decision {decision}"));
            }
            for document in named_documents(line).filter(|document| !documents.contains(document)) {
                breaches.push(format!("{name}:{number}: there is no document {document}"));
            }
        }
    }
    breaches
}

fn is_checked(name: &str) -> bool {
    // The changelog also names what no longer exists.
    name != "CHANGELOG.md"
        && !name.starts_with("xtask/src/tidy/")
        && [".rs", ".ts", ".svelte", ".md", ".sh", ".toml"].iter().any(|end| name.ends_with(end))
}

/// Returns the number of a heading `## 7. The app's own session`.
fn heading(line: &str) -> Option<&str> {
    let (number, _) = line.strip_prefix("## ")?.split_once(". ")?;
    is_number(number).then_some(number)
}

/// Returns the numbers in `decision 7`, `decisions 7 and 31` and `(decisions 7, 31)`.
fn named_decisions(line: &str) -> Vec<&str> {
    let after = |word: &str| line.to_ascii_lowercase().find(word).map(|at| at + word.len());
    let at = after("decisions ").or_else(|| after("decision "));
    let mut decisions = Vec::new();
    for word in at.and_then(|at| line.get(at..)).unwrap_or_default().split(' ') {
        let number = word.trim_end_matches(|end: char| !end.is_ascii_digit());
        if is_number(number) {
            decisions.push(number);
        }
        // Only a comma or `and` leads to another number.
        if word != "and" && (number.is_empty() || word.trim_end_matches(',') != number) {
            break;
        }
    }
    decisions
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns names of documents in capitals, such as `OPERATING.md`.
fn named_documents(line: &str) -> impl Iterator<Item = &str> {
    let is_of_a_name =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    line.split(move |character| !is_of_a_name(character)).map(|word| word.trim_end_matches('.')).filter(
        |word| {
            word.strip_suffix(".md").is_some_and(|name| {
                name.len() > 3 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::files::Tracked;
    use super::{check, named_decisions, named_documents};

    const DECISIONS: (&str, &str) =
        ("docs/DECISIONS.md", "# Decisions\n\n## 7. The app's own session\n\n## 31. Instances\n");

    #[test]
    fn decisions_and_documents_are_found_in_a_line() {
        assert_eq!(named_decisions("/// (B9, decision 28): 16 of them"), ["28"]);
        assert_eq!(named_decisions("//! Decisions 7 and 31 hold."), ["7", "31"]);
        assert_eq!(named_decisions("//! (decisions 7, 31)."), ["7", "31"]);
        assert_eq!(named_decisions("//! the decision of step 4"), Vec::<&str>::new());
        let found: Vec<_> = named_documents("see docs/OPERATING.md, `SECURITY.md` and notes.md.").collect();
        assert_eq!(found, ["OPERATING.md", "SECURITY.md"]);
    }

    #[test]
    fn dangling_reference_is_a_breach() {
        let good = ("a.rs", "//! Decisions 7 and 31; see docs/DECISIONS.md.");
        assert_eq!(check(&Tracked::of(&[DECISIONS, good])), Vec::<String>::new());
        let bad = ("a.rs", "//! (decision 8)\n//! See NOTES.md.");
        assert_eq!(check(&Tracked::of(&[DECISIONS, bad])).len(), 2);
        assert_eq!(check(&Tracked::of(&[good])).len(), 1);
    }
}
