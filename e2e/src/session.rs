//! A user's desktop, created for one journey and removed afterwards: HOME and XDG folders, an X server with a window
//! manager, a bus, an unlocked keyring and a system browser.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::config::{Config, search_path};
use crate::failure::{Failure, Outcome};
use crate::system_browser::SystemBrowser;
use crate::{desktop, keyring, processes, wait};

/// The private scheme of the app in tests.
pub const SCHEME: &str = "app.latchkey.dev";
/// The name by which D-Bus starts KWallet.
const KWALLET: &str = "org.kde.kwalletd5";
const START: Duration = Duration::from_secs(20);

/// Whether the session has a keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// gnome-keyring, unlocked.
    Unlocked,
    /// No bus at all, hence no keyring.
    NoBus,
    /// A bus without a keyring.
    NotStarted,
    /// A bus without a keyring on which KWallet can be started by its own name, as on a KDE desktop.
    Kde,
}

/// A desktop. The module documentation lists what it has.
#[derive(Debug)]
pub struct Session {
    folder: TempDir,
    environment: BTreeMap<&'static str, String>,
    started: Cell<u32>,
    clients: RefCell<Vec<Client>>,
    pub(crate) system_browser: Cell<SystemBrowser>,
    pub(crate) firefox: RefCell<Option<Client>>,
    created_users: RefCell<Vec<String>>,
    dark: Cell<bool>,
    keyring_pid: Cell<Option<i32>>,
    /// The configuration of the run.
    pub config: Config,
}

impl Session {
    /// Starts everything and waits until it answers.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] naming what did not start.
    pub async fn begin(config: Config, keyring: Keyring) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("latchkey-e2e-")
            .tempdir()
            .map_err(|error| Failure::infrastructure("temporary folder", error))?;
        let mut environment = BTreeMap::new();
        for (name, place) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let path = folder.path().join(place);
            fs::create_dir_all(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            environment.insert(name, path.to_string_lossy().into_owned());
        }
        fs::create_dir_all(folder.path().join("logs"))?;
        for (name, value) in [
            ("PATH", search_path()),
            ("LANG", "C.UTF-8".to_owned()),
            ("XDG_CURRENT_DESKTOP", "GNOME".to_owned()),
            ("XDG_SESSION_TYPE", "x11".to_owned()),
            ("GDK_BACKEND", "x11".to_owned()),
            ("GSETTINGS_BACKEND", "memory".to_owned()),
            ("GIO_USE_VFS", "local".to_owned()),
            ("NO_AT_BRIDGE", "1".to_owned()),
            ("LATCHKEY_DEV", "1".to_owned()),
            ("LATCHKEY_LOG", "info".to_owned()),
            ("RUST_BACKTRACE", "0".to_owned()),
        ] {
            environment.insert(name, value);
        }
        let mut session = Self {
            folder,
            environment,
            started: Cell::new(0),
            clients: RefCell::new(Vec::new()),
            system_browser: Cell::new(SystemBrowser::Chromium),
            firefox: RefCell::new(None),
            created_users: RefCell::new(Vec::new()),
            dark: Cell::new(false),
            keyring_pid: Cell::new(None),
            config,
        };
        session.start_display()?;
        match keyring {
            Keyring::Unlocked => {
                session.start_bus("")?;
                session.start_keyring().await?;
            }
            Keyring::NotStarted => session.start_bus("")?,
            Keyring::Kde => {
                let services = session.offer_kwallet()?;
                session.start_bus(&format!("<servicedir>{}</servicedir>", services.display()))?;
            }
            Keyring::NoBus => {
                session
                    .environment
                    .insert("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/no-bus", session.run()));
            }
        }
        session.start(Command::new("openbox"), "openbox")?;
        desktop::set_up(&session)?;
        Ok(session)
    }

    /// Makes the desktop dark or light for windows that are opened from now on.
    pub fn set_dark(&self, dark: bool) {
        self.dark.set(dark);
    }

    /// Whether the desktop is dark.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.dark.get()
    }

    /// Stops the keyring from answering, as one that prompts the user for its password does; or lets it answer again.
    ///
    /// # Errors
    /// When there is no keyring.
    pub fn silence_keyring(&self, silent: bool) -> Outcome {
        let pid = self.keyring_pid.get().ok_or_else(|| Failure::Failed("there is no keyring".to_owned()))?;
        let signal = if silent { Signal::SIGSTOP } else { Signal::SIGCONT };
        Ok(kill(Pid::from_raw(pid), signal)?)
    }

    /// Runs a program of this session to its end and returns its exit code.
    ///
    /// # Errors
    /// When it cannot be started, or does not end in time.
    pub async fn run_to_end(&self, command: Command, name: &str) -> Outcome<Option<i32>> {
        let child = RefCell::new(self.start(command, name)?);
        wait::until_some(&format!("{name} to end"), wait::PATIENCE, || async {
            Ok(child.borrow_mut().try_wait()?.map(|status| status.code()))
        })
        .await
    }

    /// Opens a link as a click in another program does.
    ///
    /// # Errors
    /// When `xdg-open` fails.
    pub async fn open_link(&self, link: &str) -> Outcome {
        let mut command = Command::new("xdg-open");
        command.arg(link);
        self.start(command, "xdg-open").map(drop)
    }

    /// Whether the session has a bus.
    #[must_use]
    pub fn has_bus(&self) -> bool {
        self.keyring_pid.get().is_some()
    }

    fn run(&self) -> &str {
        &self.environment["XDG_RUNTIME_DIR"]
    }

    /// Returns HOME of this session.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns the folder of all private files of the session: HOME, temporary and runtime folder, logs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a command this session's environment, and no other variable.
    pub fn surround(&self, command: &mut Command) {
        let own: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command.env_clear().envs(&self.environment).envs(own).current_dir(self.home());
    }

    /// Starts a program that runs as long as the session; its output goes to a separate log.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] when it cannot be started.
    pub fn start(&self, command: Command, name: &str) -> Outcome<Child> {
        self.start_logged(command, name).map(|(child, _)| child)
    }

    /// Starts a program and returns it with its log.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub fn start_logged(&self, mut command: Command, name: &str) -> Outcome<(Child, PathBuf)> {
        let number = self.started.get();
        self.started.set(number + 1);
        let short = name.rsplit('/').next().unwrap_or(name);
        let path = self.folder.path().join(format!("logs/{number:02}-{short}.log"));
        let log = File::create(&path)?;
        self.surround(&mut command);
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| Failure::infrastructure(name, error))?;
        Ok((child, path))
    }

    /// Returns everything that the session's programs wrote to their outputs, the app's log included.
    #[must_use]
    pub fn logs(&self) -> Vec<(String, String)> {
        let mut logs: Vec<(String, String)> = fs::read_dir(self.folder.path().join("logs"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let bytes = fs::read(entry.path()).ok()?;
                Some((
                    entry.file_name().to_string_lossy().into_owned(),
                    String::from_utf8_lossy(&bytes).into_owned(),
                ))
            })
            .collect();
        logs.sort();
        logs
    }

    /// Registers a user that the journey created in Logto, to be removed after it.
    pub fn remove_user_afterwards(&self, user: &Value) {
        self.created_users.borrow_mut().extend(user["id"].as_str().map(str::to_owned));
    }

    pub(crate) fn created_users(&self) -> Vec<String> {
        self.created_users.borrow().clone()
    }

    /// Keeps a driver, so that a failed journey can be inspected.
    pub fn remember(&self, client: &Client) {
        self.clients.borrow_mut().push(client.clone());
    }

    /// Saves screenshots and sources of what the drivers show, for a developer who investigates a failure.
    pub async fn keep_evidence(&self, into: &Path) {
        let _ = fs::create_dir_all(into);
        let clients = self.clients.borrow().clone();
        for (number, client) in clients.iter().enumerate() {
            let look = async {
                if let Ok(picture) = client.screenshot().await {
                    let _ = fs::write(into.join(format!("{number}.png")), picture);
                }
                if let Ok(source) = client.source().await {
                    let _ = fs::write(into.join(format!("{number}.html")), source);
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(5), look).await;
        }
        for (name, text) in self.logs() {
            let _ = fs::write(into.join(name), text);
        }
    }

    /// Ends every program of the session.
    ///
    /// # Errors
    /// [`Failure::Failed`] when one survives.
    pub async fn end(self) -> Outcome {
        self.clients.borrow_mut().clear();
        self.firefox.borrow_mut().take();
        processes::end_descendants().await
    }

    /// Starts a program and returns the first line of its output.
    fn start_and_read(&self, mut command: Command, name: &str) -> Outcome<String> {
        self.surround(&mut command);
        let log = File::create(self.folder.path().join(format!("logs/{name}.log")))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| Failure::infrastructure(name, error))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or_else(|| Failure::infrastructure(name, "no output"))?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| Failure::infrastructure(name, error))?;
        let line = line.trim().to_owned();
        if line.is_empty() {
            return Err(Failure::infrastructure(name, "ended without an answer"));
        }
        Ok(line)
    }

    fn start_display(&mut self) -> Outcome {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x960x24", "-nolisten", "tcp", "-noreset"]);
        let display = self.start_and_read(command, "Xvfb")?;
        self.environment.insert("DISPLAY", format!(":{display}"));
        Ok(())
    }

    /// Creates a folder of services with nothing but KWallet in it.
    fn offer_kwallet(&self) -> Outcome<PathBuf> {
        let services = self.folder.path().join("services");
        fs::create_dir_all(&services)?;
        let service = format!("[D-BUS Service]\nName={KWALLET}\nExec=/usr/bin/kwalletd5\n");
        fs::write(services.join(format!("{KWALLET}.service")), service)?;
        Ok(services)
    }

    fn start_bus(&mut self, services: &str) -> Outcome {
        // Not the system's folder of services: nothing starts on this bus that the session did not intend. (A second,
        // locked keyring would otherwise be started by any program that requests one a moment too early.)
        let configuration = self.folder.path().join("bus.conf");
        fs::write(
            &configuration,
            format!(
                "<busconfig><type>session</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>{services}\
                 <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
                self.run()
            ),
        )?;
        let mut command = Command::new("dbus-daemon");
        command.arg(format!("--config-file={}", configuration.display()));
        command.args(["--nofork", "--nopidfile", "--print-address=1"]);
        let address = self.start_and_read(command, "dbus-daemon")?;
        self.environment.insert("DBUS_SESSION_BUS_ADDRESS", address);
        Ok(())
    }

    async fn start_keyring(&self) -> Outcome {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        self.surround(&mut command);
        let log = File::create(self.folder.path().join("logs/gnome-keyring.log"))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| Failure::infrastructure("gnome-keyring", error))?;
        self.keyring_pid.set(i32::try_from(child.id()).ok());
        if let Some(mut stdin) = child.stdin.take() {
            // An empty password, as on a machine that signs its user in automatically.
            stdin.write_all(b"\n")?;
        }
        wait::until("a keyring", START, || keyring::is_there(self))
            .await
            .map_err(|error| Failure::infrastructure("gnome-keyring", error))?;
        keyring::probe(self).await.map_err(|error| Failure::infrastructure("gnome-keyring", error))
    }
}
