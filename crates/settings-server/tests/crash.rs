//! B20 and decision 16: the process is killed during a request to Logto, and started again on the same records. The
//! change is then applied or not, never half, and the audit log says which.

use std::process::Command;

use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use serde_json::{Value, json};

use crate::process::Program;
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, change, client, read};

/// One edit: its path, its body, and where in Logto's user its value is, before and after.
struct Edit {
    path: &'static str,
    body: Value,
    pointer: &'static str,
    before: Value,
    after: Value,
}

fn name() -> Edit {
    Edit {
        path: "/account",
        body: change("name", "Alice Example", "Alice"),
        pointer: "/name",
        before: json!("Alice Example"),
        after: json!("Alice"),
    }
}

fn profile_merged() -> Edit {
    Edit {
        path: "/account/profile",
        body: change("nickname", "Al", "Ali"),
        pointer: "/profile/nickname",
        before: json!("Al"),
        after: json!("Ali"),
    }
}

fn profile_replaced() -> Edit {
    Edit { body: change("nickname", "Al", Value::Null), after: Value::Null, ..profile_merged() }
}

fn preferences() -> Edit {
    Edit {
        path: "/account/preferences",
        body: change("theme", Value::Null, "dark"),
        pointer: "/customData/latchkey/theme",
        before: Value::Null,
        after: json!("dark"),
    }
}

fn custom_field() -> Edit {
    Edit {
        path: "/account/custom-fields",
        body: change("department", Value::Null, "Works"),
        pointer: "/customData/department",
        before: Value::Null,
        after: json!("Works"),
    }
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// While it reads: the change has not begun.
    Reading,
    /// Logto got the write and has not applied it.
    BeforeTheWrite,
    /// Logto has applied the write and the process does not know.
    AfterTheWrite,
}

fn present(sandbox: &Sandbox, edit: &Edit) -> Value {
    sandbox.user_json("alice").pointer(edit.pointer).cloned().unwrap_or_default()
}

fn program(sandbox: &Sandbox, records: &Records) -> (Program, String) {
    let more =
        format!("[limits]\nrequest_seconds = 2\n[store]\nurl = \"sqlite:{}\"\n", records.file().display());
    Program::start_with(sandbox, &more)
}

async fn killed(edit: Edit, moment: Moment) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let records = Records::new();
    let (running, base_url) = program(&sandbox, &records);
    let (method, action) = match moment {
        Moment::Reading => ("GET", FaultAction::Hang),
        Moment::BeforeTheWrite => ("PATCH", FaultAction::Hang),
        Moment::AfterTheWrite => ("PATCH", FaultAction::HangAfter),
    };
    let path = "/api/users/".to_owned();
    sandbox.faults().push(Fault {
        path_contains: path,
        method: Some(method.to_owned()),
        action,
        times: Some(1),
    });
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let request = client().patch(format!("{base_url}{}", edit.path)).bearer_auth(&token).json(&edit.body);
    let left = tokio::spawn(request.send());
    let is_asked = |request: &logto_sandbox::LoggedRequest| {
        request.method == method && request.path.starts_with("/api/users/")
    };
    while !sandbox.request_log().iter().any(is_asked)
        || (moment == Moment::AfterTheWrite && present(&sandbox, &edit) != edit.after)
    {
        tokio::task::yield_now().await;
    }
    running.kill();
    let _ = left.await.unwrap();
    sandbox.faults().clear();
    // The dead process's lease lasts half a minute: it expires.
    records.run("UPDATE leases SET expires_at = 0").await;

    let (mut restarted, base_url) = program(&sandbox, &records);
    let (wanted, journal) = match moment {
        Moment::Reading => (&edit.before, &[][..]),
        Moment::BeforeTheWrite => (&edit.before, &["undone"][..]),
        Moment::AfterTheWrite => (&edit.after, &["done"][..]),
    };
    if moment != Moment::Reading {
        restarted.wait_for("change: settled");
    }
    assert_eq!(present(&sandbox, &edit), *wanted, "{moment:?}");
    assert_eq!(records.results().await, journal, "{moment:?}");
    assert_eq!(records.open().await, 0, "{moment:?}");

    // Afterwards the account can be changed as before.
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let request = client().patch(format!("{base_url}{}", edit.path)).bearer_auth(&token).json(&edit.body);
    let answer = read(request).await;
    assert_eq!(answer.status, 200, "{moment:?}: {}", answer.text);
    assert_eq!(present(&sandbox, &edit), edit.after, "{moment:?}");
    let configuration = restarted.configuration();
    let checked = Command::new(crate::process::PROGRAM)
        .arg("--config")
        .arg(configuration)
        .arg("--verify-journal")
        .output()
        .unwrap();
    let report = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success() && report.starts_with("ok "), "{report}");
    restarted.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_reading_leaves_no_change() {
    for edit in [name(), profile_merged(), preferences(), custom_field()] {
        killed(edit, Moment::Reading).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_before_the_write_edit_is_not_applied() {
    for edit in [name(), profile_merged(), profile_replaced(), preferences(), custom_field()] {
        killed(edit, Moment::BeforeTheWrite).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_after_the_write_edit_is_applied() {
    for edit in [name(), profile_merged(), profile_replaced(), preferences(), custom_field()] {
        killed(edit, Moment::AfterTheWrite).await;
    }
}
