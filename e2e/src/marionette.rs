//! Firefox, driven as any other WebDriver browser.
//!
//! Firefox has a protocol of its own, Marionette. geckodriver, which Debian does not ship, translates WebDriver's
//! HTTP into it; this module does the same for the commands that journeys use. Sources: "Marionette: Protocol" in
//! Firefox's source documentation, and the endpoints of <https://www.w3.org/TR/webdriver2/>.

use std::net::Ipv4Addr;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::failure::{Failure, Outcome};
use crate::http::{self, Received, Request};

/// The largest number of digits in the length of a message.
const MOST_DIGITS: usize = 12;

/// Connects to the Firefox that listens on this port of 127.0.0.1, and opens a WebDriver session. Firefox accepts one
/// connection at a time.
///
/// # Errors
/// [`Failure::Infrastructure`] when Firefox does not answer.
pub async fn connect(port: u16) -> Outcome<Client> {
    let failed = |error: &dyn std::fmt::Display| Failure::infrastructure("Firefox", error);
    let firefox = Firefox::connect(port).await.map_err(|error| failed(&error))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(&error))?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::task::spawn_local(translate_all(listener, firefox));
    ClientBuilder::new(HttpConnector::new()).connect(&address).await.map_err(|error| failed(&error))
}

/// Answers WebDriver requests until Firefox is gone.
async fn translate_all(listener: TcpListener, mut firefox: Firefox) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let Ok(Received::Request(request)) = http::receive(&mut stream).await else { continue };
        let answer = match command(&request) {
            Some((name, parameters)) => firefox.ask(name, &parameters).await,
            None => Ok(Err(json!({
                "error": "unknown command",
                "message": format!("{} {}", request.method, request.target),
                "stacktrace": ""
            }))),
        };
        let (status, value) = match answer {
            Ok(Ok(value)) => ("200 OK", value),
            Ok(Err(error)) if is_missing(&error) => ("404 Not Found", error),
            Ok(Err(error)) => ("500 Internal Server Error", error),
            Err(_) => return,
        };
        let body = json!({ "value": value }).to_string();
        let _ = http::answer(&mut stream, status, "Content-Type: application/json\r\n", &body).await;
    }
}

fn is_missing(error: &Value) -> bool {
    error["error"].as_str().is_some_and(|code| code.starts_with("no such ") || code == "unknown command")
}

/// Returns the Marionette command of a WebDriver request, with its parameters.
fn command(request: &Request) -> Option<(&'static str, Value)> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let path: Vec<&str> = request.target.split('/').skip(1).collect();
    let with = |id: &str| json!({ "id": id });
    if let ("POST", ["session"]) = (request.method.as_str(), &path[..]) {
        return Some(("WebDriver:NewSession", json!({})));
    }
    let ["session", _, rest @ ..] = &path[..] else { return None };
    Some(match (request.method.as_str(), rest) {
        ("DELETE", []) => ("WebDriver:DeleteSession", json!({})),
        ("POST", ["url"]) => ("WebDriver:Navigate", body),
        ("GET", ["url"]) => ("WebDriver:GetCurrentURL", json!({})),
        ("GET", ["window", "handles"]) => ("WebDriver:GetWindowHandles", json!({})),
        ("POST", ["window"]) => ("WebDriver:SwitchToWindow", body),
        ("DELETE", ["cookie"]) => ("WebDriver:DeleteAllCookies", json!({})),
        ("POST", ["element"]) => ("WebDriver:FindElement", body),
        ("GET", ["element", "active"]) => ("WebDriver:GetActiveElement", json!({})),
        ("GET", ["element", id, "text"]) => ("WebDriver:GetElementText", with(id)),
        ("GET", ["element", id, "displayed"]) => ("WebDriver:IsElementDisplayed", with(id)),
        ("POST", ["element", id, "value"]) => {
            ("WebDriver:ElementSendKeys", json!({ "id": id, "text": body["text"] }))
        }
        ("POST", ["execute", "sync"]) => ("WebDriver:ExecuteScript", body),
        ("GET", ["source"]) => ("WebDriver:GetPageSource", json!({})),
        ("GET", ["screenshot"]) => ("WebDriver:TakeScreenshot", json!({ "full": false })),
        _ => return None,
    })
}

/// The connection to Firefox. Messages are JSON, preceded by their length in bytes and a colon.
struct Firefox {
    stream: BufReader<TcpStream>,
    number: u64,
}

impl Firefox {
    async fn connect(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let mut firefox = Self { stream: BufReader::new(stream), number: 0 };
        // Firefox first sends its name and version.
        firefox.read().await?;
        Ok(firefox)
    }

    /// Sends `[0, number, name, parameters]` and reads `[1, number, error, result]`. The inner error is Firefox's
    /// own, in the form that WebDriver has for it.
    async fn ask(&mut self, name: &str, parameters: &Value) -> std::io::Result<Result<Value, Value>> {
        self.number += 1;
        let message = json!([0, self.number, name, parameters]).to_string();
        self.stream.write_all(format!("{}:{message}", message.len()).as_bytes()).await?;
        loop {
            let answer = self.read().await?;
            if answer[1] != self.number {
                continue;
            }
            if !answer[2].is_null() {
                return Ok(Err(answer[2].clone()));
            }
            // Lists and the new session are sent bare, everything else as `{"value": …}`.
            return Ok(Ok(answer[3].get("value").unwrap_or(&answer[3]).clone()));
        }
    }

    async fn read(&mut self) -> std::io::Result<Value> {
        let mut digits = Vec::new();
        (&mut self.stream).take(MOST_DIGITS as u64).read_until(b':', &mut digits).await?;
        digits.pop();
        let length = std::str::from_utf8(&digits).ok().and_then(|text| text.parse::<usize>().ok());
        let Some(length) = length else { return Err(std::io::ErrorKind::InvalidData.into()) };
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message).await?;
        Ok(serde_json::from_slice(&message)?)
    }
}
