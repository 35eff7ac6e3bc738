//! The mail server: the commands that it accepts, those that it refuses, and its faults.

use logto_sandbox::{Fault, FaultAction, Options, Sandbox, StartError};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{client, sandbox};

/// One connection, line by line.
struct Peer(BufReader<TcpStream>);

impl Peer {
    async fn of(sandbox: &Sandbox) -> Self {
        Self(BufReader::new(TcpStream::connect(sandbox.smtp_address()).await.unwrap()))
    }

    /// Returns the last line of a reply; empty if the connection is closed.
    async fn reply(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).await.unwrap_or_default();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        let _ = self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// Returns the codes of the replies to a whole conversation.
    async fn codes(&mut self, lines: &[&str]) -> Vec<String> {
        let mut codes = Vec::new();
        for line in lines {
            codes.push(self.say(line).await.chars().take(3).collect());
        }
        codes
    }
}

fn fault(verb: &str, action: FaultAction) -> Fault {
    Fault { path_contains: "smtp:".into(), method: Some(verb.into()), action, times: Some(1) }
}

#[tokio::test]
async fn a_mail_is_taken_and_shown() {
    let sandbox = sandbox().await;
    let mut peer = Peer::of(&sandbox).await;
    assert!(peer.reply().await.starts_with("220 "));
    let replies = peer
        .codes(&[
            "DATA",
            "RCPT TO:<early@example.test>",
            "EHLO test",
            "mail from:<server@example.test> SIZE=10",
            "RCPT TO:<alice@example.test>",
            "RCPT TO:nonsense",
            "NOOP",
            "VRFY alice",
            "DATA",
            "Subject: <Hello>\r\n\r\n..a dot\r\nend\r\n.",
            "QUIT",
        ])
        .await;
    assert_eq!(replies, ["503", "503", "250", "250", "250", "501", "250", "502", "354", "250", "221"]);
    let mails = sandbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.join(",")),
        ("server@example.test", "alice@example.test".into())
    );
    assert_eq!((mails[0].subject.as_str(), mails[0].text.as_str()), ("<Hello>", ".a dot\nend\n"));
    assert!(sandbox.outbox().is_empty(), "codes and mails are different lists");
    let base = format!("{}/__sandbox", sandbox.base_url());
    let json: Value = client().get(format!("{base}/outbox.json")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&json[0]["kind"], &json[0]["subject"]), (&"mail".into(), &"<Hello>".into()));
    let page = client().get(format!("{base}/outbox")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;Hello&gt;") && page.contains(".a dot"), "{page}");
}

#[tokio::test]
async fn a_mail_has_limits() {
    let sandbox = sandbox().await;
    let mut peer = Peer::of(&sandbox).await;
    peer.reply().await;
    peer.codes(&["HELO test", "MAIL FROM:<>"]).await;
    for number in 0..50 {
        assert!(peer.say(&format!("RCPT TO:<{number}@example.test>")).await.starts_with("250 "));
    }
    assert!(peer.say("RCPT TO:<51@example.test>").await.starts_with("452 "));
    assert_eq!(peer.codes(&["DATA"]).await, ["354"]);
    let line = "x".repeat(1000);
    for _ in 0..263 {
        peer.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }
    assert!(peer.say(".").await.starts_with("552 "));
    assert!(sandbox.mails().is_empty());
    assert_eq!(peer.say(&"x".repeat(5000)).await, "", "a line without end closes the connection");
}

#[tokio::test]
async fn commands_are_refused_and_connections_dropped_as_ordered() {
    let sandbox = sandbox().await;
    let busy = FaultAction::Status(450, None);
    sandbox.faults().push(fault("RCPT", busy));
    sandbox.faults().push(fault("DATA", FaultAction::Drop));
    sandbox.faults().push(fault("CONNECT", FaultAction::Status(421, None)));
    let mut peer = Peer::of(&sandbox).await;
    assert_eq!(peer.reply().await, "421 as ordered");
    let talk = ["HELO test", "MAIL FROM:<>", "RCPT TO:<a@example.test>", "RCPT TO:<a@example.test>", "DATA"];
    assert_eq!(peer.codes(&talk).await, ["250", "250", "450", "250", ""]);
    assert!(sandbox.mails().is_empty());
}

#[tokio::test]
async fn the_mail_server_listens_on_loopback_only() {
    let options = Options { smtp_listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(matches!(Sandbox::start(options).await, Err(StartError::NotLoopback(_))));
}
