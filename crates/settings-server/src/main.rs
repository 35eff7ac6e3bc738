//! `latchkey-server`: reads its configuration, answers requests, and stops on SIGTERM or SIGINT.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use settings_server::{AuditLogReport, Config, Server, SystemClock, check, config, logging};

/// The settings server of Latchkey.
#[derive(Parser)]
#[command(name = "latchkey-server", version)]
struct Arguments {
    /// The configuration file (docs/latchkey-server.example.toml explains it).
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Check the configuration and exit.
    #[arg(long)]
    check_config: bool,
    /// With --check-config: also send requests to Logto, and fetch what apps fetch under the public URL.
    #[arg(long, requires = "check_config")]
    online: bool,
    /// Check the hash chains of the audit log and exit.
    #[arg(long, conflicts_with = "check_config")]
    verify_journal: bool,
    /// Print the audit log of one user, one JSON object per line, and exit.
    #[arg(long, value_name = "USER_ID", conflicts_with_all = ["check_config", "verify_journal"])]
    show_journal: Option<String>,
    /// Print the OpenAPI document and exit.
    #[arg(long)]
    openapi: bool,
    /// Print the reference of all settings and exit.
    #[arg(long, conflicts_with = "openapi")]
    config_reference: bool,
    #[command(subcommand)]
    command: Option<Task>,
}

/// What to do instead of answering requests.
#[derive(Subcommand)]
enum Task {
    /// Print the redirect URI to register at the provider of each social connector, or why it cannot be linked.
    RedirectUris,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "there is no log yet")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.openapi || arguments.config_reference {
        let text = if arguments.openapi { settings_server::openapi_json() } else { config::reference() };
        print!("{text}");
        return ExitCode::SUCCESS;
    }
    let Some(file) = arguments.config else {
        Arguments::command().error(ErrorKind::MissingRequiredArgument, "--config FILE is missing").exit();
    };
    let environment = config::environment(std::env::vars_os());
    let config = match environment.and_then(|environment| Config::load(&file, environment)) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("latchkey-server: {error}");
            return ExitCode::from(2);
        }
    };
    match arguments.command {
        Some(Task::RedirectUris) => return redirect_uris(&config).await,
        None => {}
    }
    if arguments.check_config {
        return check(&config, arguments.online).await;
    }
    if arguments.verify_journal {
        return verify(&config).await;
    }
    if let Some(user) = arguments.show_journal {
        return show(&config, &user).await;
    }
    let _ = tracing::subscriber::set_global_default(logging::subscriber(
        std::io::stderr,
        config.log_filter.clone(),
    ));
    match Server::bind(config).await {
        Ok(server) => {
            tracing::info!(base_url = server.base_url(), "listening");
            server.run_until(stop_signal()).await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

/// Prints the findings, and fails if any is an error.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the report is the output of the command")]
async fn check(config: &Config, online: bool) -> ExitCode {
    print!("{}", check::file(config));
    if !online {
        return ExitCode::SUCCESS;
    }
    match check::online(config, Arc::new(SystemClock)).await {
        Ok(report) => {
            print!("{report}");
            if report.has_errors() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("latchkey-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what to register at the providers, and fails if Logto does not answer.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the list is the output of the command")]
async fn redirect_uris(config: &Config) -> ExitCode {
    match check::redirect_uris(config, Arc::new(SystemClock)).await {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("latchkey-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints whether the audit log is unchanged since it was written, and fails if it is not.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the report is the output of the command")]
async fn verify(config: &Config) -> ExitCode {
    match settings_server::verify_audit_log(config).await {
        Ok(AuditLogReport::Whole { chains, rows }) => {
            println!("ok      {rows} rows in {chains} chains are as they were written");
            ExitCode::SUCCESS
        }
        Ok(AuditLogReport::Broken { user_digest, seq, reason }) => {
            println!(
                "error   the chain of the user whose id has the SHA-256 {user_digest} breaks at row {seq}: {reason}"
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("latchkey-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the rows of one user, and fails if they cannot be read.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the rows are the output of the command")]
async fn show(config: &Config, user: &str) -> ExitCode {
    match settings_server::show_audit_log(config, user).await {
        Ok(rows) => {
            for row in rows {
                println!("{}", serde_json::to_string(&row).unwrap_or_default());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("latchkey-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Completes when the process gets SIGTERM or SIGINT.
async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
