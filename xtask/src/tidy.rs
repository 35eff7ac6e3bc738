//! The house rules that a compiler does not check: which package may depend on which, how files look, that every
//! requirement has its test, that comments refer to what exists, and their words. docs/ARCHITECTURE.md and docs/REQUIREMENTS.md
//! say why.

mod dependencies;
mod files;
mod references;
mod requirements;
mod sources;
mod words;

use crate::Outcome;
use crate::environment::Checkout;

/// Checks every rule, prints every breach, and fails when there is one.
pub(crate) fn run(checkout: &Checkout) -> Outcome {
    let files = files::Tracked::read(checkout);
    let mut breaches = dependencies::check(checkout)?;
    breaches.extend(sources::check(&files));
    breaches.extend(requirements::check(&files));
    breaches.extend(references::check(&files));
    breaches.extend(files::check(&files));
    breaches.extend(words::check(&files));
    if breaches.is_empty() {
        println!("tidy: {} files keep the house rules", files.len());
        return Ok(());
    }
    breaches.sort();
    Err(format!("{}\ntidy: {} breaches", breaches.join("\n"), breaches.len()))
}
