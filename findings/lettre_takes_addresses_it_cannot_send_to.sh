#!/bin/bash
# lettre 0.11.23 (crates.io), the usual mail library of Rust.
#
# Expected: an address that `lettre::Address` accepts can be written to. It depends on `idna` and accepts domains in their own
# letters, so a mail server sees `bob@xn--exmple-cua.de`; and it accepts local parts in quotes (RFC 5321), so
# `"bob..k"@example.test` is a recipient like any other.
#
# Observed, with a mail server that has no extensions: `idna` only decides whether the domain is acceptable. The domain itself
# is sent as it is, which needs SMTPUTF8, so the mail is refused before anything of it is sent. Of the quoted one the message
# cannot even be built with `Message::builder().to(…)`: the envelope is read back from the header, which fails for a quoted
# local part. With an explicit envelope it can.
#
#     bob@exämple.de -> Envelope contains non-ascii chars but server does not support SMTPUTF8
#     bob@xn--exmple-cua.de -> sent
#     "bob..k"@example.test -> no message, with an envelope: message
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
lettre = { version = "=0.11.23", default-features = false, features = ["builder", "smtp-transport"] }
[workspace]
TOML
cat > src/main.rs <<'RUST'
use std::error::Error as _;
use std::io::{BufRead, BufReader, Write};

use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::{Address, Message, SmtpTransport, Transport};

/// A mail server without extensions.
fn serve(listener: std::net::TcpListener) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 here\r\n").unwrap();
        let mut in_data = false;
        while let Some(Ok(line)) = lines.next() {
            let answer: &[u8] = match line.as_str() {
                "DATA" => { in_data = true; b"354 go on\r\n" }
                "." => { in_data = false; b"250 taken\r\n" }
                _ if in_data => continue,
                _ => b"250 fine\r\n",
            };
            if stream.write_all(answer).is_err() { break; }
        }
    }
}

fn main() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || serve(listener));
    let mailer = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
    let from: Mailbox = "a@example.test".parse().unwrap();
    for to in ["bob@exämple.de", "bob@xn--exmple-cua.de"] {
        let address: Address = to.parse().unwrap();
        let mail = Message::builder().from(from.clone()).to(Mailbox::new(None, address)).body(String::new());
        match mailer.send(&mail.unwrap()) {
            Ok(_) => println!("{to} -> sent"),
            Err(error) => println!("{to} -> {}", error.source().unwrap()),
        }
    }
    let quoted: Address = Address::new("\"bob..k\"", "example.test").unwrap();
    let build = |envelope: Option<Envelope>| {
        let builder = Message::builder().from(from.clone()).to(Mailbox::new(None, quoted.clone()));
        let builder = match envelope { Some(envelope) => builder.envelope(envelope), None => builder };
        if builder.body(String::new()).is_ok() { "message" } else { "no message" }
    };
    let envelope = Envelope::new(Some(from.email.clone()), vec![quoted.clone()]).unwrap();
    println!("{quoted} -> {}, with an envelope: {}", build(None), build(Some(envelope)));
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet > answers.txt
cat answers.txt
diff - answers.txt <<'TXT'
bob@exämple.de -> Envelope contains non-ascii chars but server does not support SMTPUTF8
bob@xn--exmple-cua.de -> sent
"bob..k"@example.test -> no message, with an envelope: message
TXT
