//! Tests of the client against recorded answers of a real Logto, and against the sandbox.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test that cannot go on fails the test")]

mod fields;
mod paths;
mod replay;
mod sandbox;
mod support;
mod token;
