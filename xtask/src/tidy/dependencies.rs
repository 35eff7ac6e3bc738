//! Which package may depend on which (docs/ARCHITECTURE.md, "Packages"), read from `cargo metadata` and `Cargo.lock`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::Outcome;
use crate::environment::Checkout;
use crate::output::capture;

/// One row of the table: the package, which of ours it may use, which of ours its tests may use in addition, and
/// which other packages it must never name.
struct Rule {
    package: &'static str,
    ours: &'static [&'static str],
    in_tests: &'static [&'static str],
    never: &'static [&'static str],
}

/// Packages that do input and output.
const INPUT_OUTPUT: &[&str] = &["axum", "keyring", "reqwest", "secret-service", "tauri", "tokio"];

const RULES: &[Rule] = &[
    Rule { package: "account-api", ours: &[], in_tests: &[], never: INPUT_OUTPUT },
    Rule { package: "logto-client", ours: &[], in_tests: &["logto-sandbox"], never: &["axum", "tauri"] },
    Rule {
        package: "settings-server",
        ours: &["account-api", "logto-client"],
        in_tests: &["logto-sandbox"],
        never: &["keyring", "secret-service", "tauri"],
    },
    Rule {
        package: "account-core",
        ours: &["account-api"],
        in_tests: &["logto-sandbox", "settings-server"],
        never: &["axum", "tauri"],
    },
    Rule {
        package: "latchkey",
        ours: &["account-api", "account-core"],
        in_tests: &[],
        never: &["axum", "keyring", "reqwest", "secret-service"],
    },
    Rule {
        package: "logto-sandbox",
        ours: &[],
        in_tests: &[],
        never: &["keyring", "secret-service", "tauri"],
    },
    Rule { package: "xtask", ours: &["account-api"], in_tests: &[], never: INPUT_OUTPUT },
    Rule { package: "e2e", ours: &[], in_tests: &[], never: &["axum", "keyring", "secret-service", "tauri"] },
];

/// Packages that must not be anywhere in what we ship, and why. `ring` and a second TLS stack can return through a
/// dependency's default features, so the resolved tree is checked, not the manifests.
const NEVER_RESOLVED: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring"];

/// The systems we ship for; tauri's mobile parts are not resolved for them.
const TARGETS: &[&str] = &["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-apple-darwin"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<String>> {
    let text = capture(&mut checkout.cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut breaches = rules(&metadata);
    breaches.extend(resolved(checkout)?);
    let manifest = checkout.root.join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).map_err(|error| format!("Cargo.toml: {error}"))?;
    breaches.extend(uncommented(&manifest));
    breaches.extend(unused(&manifest, &metadata));
    Ok(breaches)
}

fn rules(metadata: &Value) -> Vec<String> {
    let none = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&none);
    let members: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut breaches = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(rule) = RULES.iter().find(|rule| rule.package == name) else {
            breaches
                .push(format!("{name}: no rule says what it may depend on (xtask/src/tidy/dependencies.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap_or(&none) {
            let used = dependency["name"].as_str().unwrap_or_default();
            let in_tests = dependency["kind"].as_str() == Some("dev");
            let allowed = rule.ours.contains(&used) || (in_tests && rule.in_tests.contains(&used));
            if members.contains(used) && !allowed {
                breaches.push(format!("{name}: must not depend on {used}"));
            }
            if !in_tests && is_forbidden(used, rule.never) {
                breaches.push(format!("{name}: must not name {used}"));
            }
        }
    }
    breaches
}

/// Whether a package is forbidden. `tauri` includes its plugins and its build script.
fn is_forbidden(used: &str, never: &[&str]) -> bool {
    never.iter().any(|name| used == *name || (*name == "tauri" && used.starts_with("tauri-")))
}

/// Checks the resolved tree of each system: one reqwest, and none of the forbidden.
fn resolved(checkout: &Checkout) -> Outcome<Vec<String>> {
    let mut breaches = BTreeSet::new();
    for target in TARGETS {
        let arguments =
            ["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}", "--target", target];
        for breach in tree_breaches(&capture(&mut checkout.cargo(&arguments))?) {
            breaches.insert(breach);
        }
    }
    Ok(breaches.into_iter().collect())
}

fn tree_breaches(tree: &str) -> Vec<String> {
    let packages: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    let mut breaches: Vec<String> = packages
        .iter()
        .filter(|(name, _)| NEVER_RESOLVED.contains(name))
        .map(|(name, version)| format!("Cargo.lock: {name} {version} is in the tree, and must not be"))
        .collect();
    let clients: Vec<&str> =
        packages.iter().filter(|(name, _)| *name == "reqwest").map(|(_, version)| *version).collect();
    if clients.len() > 1 {
        breaches.push(format!("Cargo.lock: more than one reqwest ({})", clients.join(", ")));
    }
    breaches
}

/// Returns the lines of the workspace's foreign dependencies.
fn foreign(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#') && !line.contains("path = "))
}

/// Finds dependencies of the workspace that no package uses.
fn unused(manifest: &str, metadata: &Value) -> Vec<String> {
    let none = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&none);
    let dependencies = packages.iter().filter_map(|package| package["dependencies"].as_array()).flatten();
    let used: BTreeSet<&str> = dependencies.filter_map(|dependency| dependency["name"].as_str()).collect();
    foreign(manifest)
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .filter(|name| !used.contains(name))
        .map(|name| format!("Cargo.toml: no package uses {name}"))
        .collect()
}

/// Finds foreign dependencies of the workspace without a comment on their line that says what they are for.
fn uncommented(manifest: &str) -> Vec<String> {
    foreign(manifest)
        .filter(|line| line.rsplit_once('#').is_none_or(|(_, comment)| comment.trim().len() < 5))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .map(|name| format!("Cargo.toml: say in a comment on its line what {name} is for"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{rules, tree_breaches, uncommented, unused};

    fn breaches(package: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
        rules(&json!({ "packages": [
            { "name": package, "dependencies": [{ "name": dependency, "kind": kind }] },
            { "name": "settings-server", "dependencies": [] },
        ] }))
    }

    #[test]
    fn the_core_may_use_the_server_in_tests_only() {
        assert_eq!(breaches("account-core", "settings-server", Some("dev")), Vec::<String>::new());
        assert_eq!(
            breaches("account-core", "settings-server", None),
            ["account-core: must not depend on settings-server"]
        );
    }

    #[test]
    fn only_the_shell_names_tauri() {
        assert_eq!(breaches("latchkey", "tauri", None), Vec::<String>::new());
        assert_eq!(
            breaches("account-core", "tauri-plugin-opener", None),
            ["account-core: must not name tauri-plugin-opener"]
        );
    }

    #[test]
    fn a_new_package_needs_a_rule() {
        assert_eq!(breaches("helper", "serde", None).len(), 1);
    }

    #[test]
    fn the_tree_has_one_client_and_no_ring() {
        assert_eq!(
            tree_breaches("reqwest v0.13.1\nserde v1.0.0\nreqwest v0.13.1 (*)\n"),
            Vec::<String>::new()
        );
        assert_eq!(tree_breaches("reqwest v0.13.1\nreqwest v0.12.9\nring v0.17.0\n").len(), 2);
    }

    #[test]
    fn a_dependency_says_what_it_is_for() {
        let manifest = "[workspace.dependencies]\nours = { path = \"x\" }\n# Group\nurl = \"2\" # parsed URLs\nhttp = \"1\"\n\n[lints]\na = 1\n";
        assert_eq!(uncommented(manifest), ["Cargo.toml: say in a comment on its line what http is for"]);
        let metadata = json!({ "packages": [{ "name": "a", "dependencies": [{ "name": "url" }] }] });
        assert_eq!(unused(manifest, &metadata), ["Cargo.toml: no package uses http"]);
    }
}
