//! Starting a WebDriver program (WebKitWebDriver, chromedriver) and connecting to it with a plain client.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::wait;

/// Starts `program --port=<free>` in the session, waits until it answers, and opens one WebDriver session.
///
/// # Errors
/// [`Failure::Infrastructure`] when the driver does not start or refuses the session.
pub async fn connect(
    session: &Session,
    program: &str,
    extra: &[(&str, &str)],
    capabilities: Map<String, Value>,
) -> Outcome<Client> {
    let port = free_port()?;
    let mut command = Command::new(program);
    command.arg(format!("--port={port}"));
    for (name, value) in extra {
        command.env(name, value);
    }
    session.start(command, program)?;
    let address = format!("http://127.0.0.1:{port}");
    let ready = || async { Ok(tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()) };
    wait::until(program, Duration::from_secs(20), ready)
        .await
        .map_err(|error| Failure::infrastructure(program, error))?;
    ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&address)
        .await
        .map_err(|error| Failure::infrastructure(program, error))
}

fn free_port() -> Outcome<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::infrastructure("a free port", error))
}
