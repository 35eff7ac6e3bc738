//! The binary `latchkey-sandbox`: starts one sandbox, writes its URLs to a ready file, ends on a signal.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use logto_sandbox::{Options, Sandbox};
use serde_json::json;

/// A process that behaves like Logto, for development. Listens on loopback only.
#[derive(Debug, Parser)]
#[command(name = "latchkey-sandbox", version)]
struct Arguments {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The address that its mail server listens on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    smtp_listen: SocketAddr,
    /// Adds providers for social accounts, and connectors to them.
    #[arg(long)]
    social: bool,
    /// The address that the providers listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    provider_listen: SocketAddr,
    /// The settings server's public base URL, which is its resource indicator.
    #[arg(long, default_value = "http://127.0.0.1:4800/api")]
    resource: String,
    /// The private scheme of the desktop app.
    #[arg(long, default_value = "app.latchkey.dev")]
    scheme: String,
    /// Written when the sandbox answers: JSON with its URLs, client ids and the secret's file.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let arguments = Arguments::parse();
    let options = Options {
        listen: arguments.listen,
        smtp_listen: arguments.smtp_listen,
        social: arguments.social,
        provider_listen: arguments.provider_listen,
        resource: arguments.resource,
        scheme: arguments.scheme,
        ..Options::default()
    };
    let sandbox = match Sandbox::start(options).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            tracing::error!(%error, "the sandbox did not start");
            return ExitCode::FAILURE;
        }
    };
    if let Some(path) = &arguments.ready_file
        && let Err(error) = write_ready_file(path, &sandbox)
    {
        tracing::error!(%error, path = %path.display(), "the ready file could not be written");
        return ExitCode::FAILURE;
    }
    let base = sandbox.base_url();
    tracing::info!(issuer = %sandbox.issuer(), outbox = %format!("{base}/__sandbox/outbox"), "the sandbox is ready");
    if let Err(error) = wait_for_signal().await {
        tracing::error!(%error, "signals could not be awaited");
        return ExitCode::FAILURE;
    }
    sandbox.stop().await;
    if let Some(path) = &arguments.ready_file {
        // The next start writes them anew; a leftover would only name a process that has ended.
        let _ = fs::remove_file(named_after(path, SECRET));
        let _ = fs::remove_file(named_after(path, AUTHORITY));
        let _ = fs::remove_file(path);
    }
    ExitCode::SUCCESS
}

/// The end of the name of the secret's file.
const SECRET: &str = ".secret";
/// The end of the name of the file with the certificate of the providers' authority.
const AUTHORITY: &str = ".provider-ca.pem";

/// Returns the path of a file next to the ready file.
fn named_after(ready_file: &Path, end: &str) -> PathBuf {
    let mut name = ready_file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Writes the secret (readable by its owner only) and then, in one step, the ready file.
fn write_ready_file(path: &Path, sandbox: &Sandbox) -> io::Result<()> {
    let secret_path = named_after(path, SECRET);
    if let Err(error) = fs::remove_file(&secret_path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&secret_path)?.write_all(sandbox.m2m_client_secret().as_bytes())?;
    let base = sandbox.base_url();
    let mut ready = json!({
        "issuer": sandbox.issuer(),
        "base_url": base,
        "m2m_client_id": sandbox.m2m_client_id(),
        "m2m_client_secret_file": secret_path,
        "native_client_id": sandbox.native_client_id(),
        "control_url": format!("{base}/__sandbox"),
        "outbox_url": format!("{base}/__sandbox/outbox"),
        "smtp_port": sandbox.smtp_address().port(),
    });
    let providers = sandbox.providers();
    if let Some(fields) = ready.as_object_mut().filter(|_| !providers.url().is_empty()) {
        let authority = named_after(path, AUTHORITY);
        fs::write(&authority, providers.ca_pem())?;
        fields.insert("provider_url".into(), providers.url().into());
        fields.insert("provider_ca_file".into(), json!(authority));
        fields.insert("provider_spki_sha256".into(), providers.spki_sha256().into());
    }
    let temporary = named_after(path, ".tmp");
    fs::write(&temporary, format!("{ready:#}\n"))?;
    fs::rename(temporary, path)
}

#[cfg(unix)]
async fn wait_for_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
