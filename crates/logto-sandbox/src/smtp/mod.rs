//! A minimal mail server (RFC 5321) on its own loopback port: it accepts every mail and delivers none. The mails are
//! in the outbox, next to the messages that a real Logto would have sent.
//!
//! No TLS and no authentication, and nothing larger than its limits: it exists so that the settings server's notices
//! can be read.

mod message;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::control::faults::FaultAction;
use crate::server::Shared;

pub use message::Mail;

/// The longest line that is read, its end included (RFC 5321 §4.5.3.1.6 has 1000 for text).
const LONGEST_LINE: u64 = 4096;
/// The largest mail.
const LARGEST_MAIL: usize = 256 * 1024;
/// The maximum number of recipients of one mail.
const MOST_RECIPIENTS: usize = 50;
/// How many mails are kept; older ones are dropped.
const MOST_MAILS: usize = 1_000;
/// How long a peer may be silent before its connection is closed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Accepts mails until the sandbox is stopped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.stopped() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            tokio::select! {
                _ = Session::of(stream, Arc::clone(&shared)).talk() => {}
                () = shared.stopped() => {}
            }
        });
    }
}

/// One connection.
struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    shared: Arc<Shared>,
    from: Option<String>,
    to: Vec<String>,
}

/// The connection is over: the peer left, broke a limit, or a fault ended it.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Session {
    fn of(stream: TcpStream, shared: Arc<Shared>) -> Self {
        let (reader, writer) = stream.into_split();
        Self { reader: BufReader::new(reader), writer, shared, from: None, to: Vec::new() }
    }

    async fn talk(mut self) -> Result<(), Over> {
        if !self.refused("CONNECT", "").await? {
            self.say("220 sandbox.invalid takes every mail and delivers none").await?;
        }
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            if self.refused(&verb, rest).await? {
                continue;
            }
            match verb.as_str() {
                "EHLO" => self.say("250-sandbox.invalid\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
                "HELO" => self.say("250 sandbox.invalid").await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.reset();
                    self.say("250 forgotten").await?;
                }
                "NOOP" => self.say("250 nothing done").await?,
                "QUIT" => {
                    self.say("221 goodbye").await?;
                    return Err(Over);
                }
                _ => self.say("502 not known here").await?,
            }
        }
    }

    async fn mail(&mut self, rest: &str) -> Result<(), Over> {
        match address(rest, "FROM:") {
            Some(from) => {
                self.reset();
                self.from = Some(from);
                self.say("250 sender taken").await
            }
            None => self.say("501 MAIL FROM:<address>").await,
        }
    }

    async fn recipient(&mut self, rest: &str) -> Result<(), Over> {
        match address(rest, "TO:").filter(|address| !address.is_empty()) {
            _ if self.from.is_none() => self.say("503 MAIL comes first").await,
            Some(_) if self.to.len() >= MOST_RECIPIENTS => self.say("452 too many recipients").await,
            Some(to) => {
                self.to.push(to);
                self.say("250 recipient taken").await
            }
            None => self.say("501 RCPT TO:<address>").await,
        }
    }

    async fn data(&mut self) -> Result<(), Over> {
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 MAIL and RCPT come first").await;
        };
        self.say("354 end with a dot on a line of its own").await?;
        let mut text = String::new();
        let mut too_large = false;
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            // A dot at the beginning of a line was doubled (RFC 5321 §4.5.2).
            let line = line.strip_prefix('.').unwrap_or(&line);
            too_large |= text.len() + line.len() > LARGEST_MAIL;
            if !too_large {
                text.push_str(line);
                text.push('\n');
            }
        }
        let to = std::mem::take(&mut self.to);
        self.reset();
        if too_large {
            return self.say("552 too large").await;
        }
        {
            let mut state = self.shared.state();
            let mail = Mail::read(state.now_ms(), from, to, &text);
            if state.mails.len() >= MOST_MAILS {
                state.mails.remove(0);
            }
            state.mails.push(mail);
        }
        self.say("250 taken").await
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Does what a fault ordered for this command. Returns whether the command is answered by that.
    async fn refused(&mut self, verb: &str, rest: &str) -> Result<bool, Over> {
        let fault = self.shared.state().faults.take_named(verb, &format!("smtp:{rest}"));
        match fault {
            None => Ok(false),
            Some(FaultAction::Delay(ms)) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(false)
            }
            Some(FaultAction::Status(status, _)) => {
                self.say(&format!("{status} as ordered")).await?;
                Ok(true)
            }
            Some(FaultAction::Drop | FaultAction::DropAfter) => Err(Over),
            Some(FaultAction::Hang | FaultAction::HangAfter | FaultAction::Hold) => {
                self.shared.stopped().await;
                Err(Over)
            }
        }
    }

    async fn say(&mut self, line: &str) -> Result<(), Over> {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(())
    }

    /// Returns one line without its end.
    async fn line(&mut self) -> Result<String, Over> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut line);
        tokio::time::timeout(PATIENCE, read).await.map_err(|_| Over)??;
        if line.pop() != Some(b'\n') {
            return Err(Over);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| Over)
    }
}

/// Returns the address in `FROM:<a@b> …`.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let head = rest.get(..keyword.len())?;
    let tail = rest.get(keyword.len()..)?.trim_start();
    let (address, _) = tail.strip_prefix('<')?.split_once('>')?;
    head.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}
