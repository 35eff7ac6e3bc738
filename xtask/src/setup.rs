//! Prepares a fresh Debian machine: checks cargo and node, installs what is missing, fetches the page's packages.
//! Installs nothing that is already there, and nothing without the right to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::environment::{Checkout, find_program};
use crate::output::{capture, run};

/// The packages that the app is built with.
const BUILD_PACKAGES: &[&str] = &[
    "build-essential",
    "file",
    "libayatana-appindicator3-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "pkg-config",
];
/// The packages for a window without a display, two system browsers and three keyrings; for the tests of the store
/// and of proxies; and for Schemathesis.
const SESSION_PACKAGES: &[&str] = &[
    "caddy",
    "chromium",
    "chromium-driver",
    "dbus",
    "desktop-file-utils",
    "firefox-esr",
    "fonts-dejavu-core",
    "gnome-keyring",
    "keepassxc",
    "libglib2.0-bin",
    "libkf5wallet-bin",
    "libqca-qt5-2-plugins",
    "libsecret-tools",
    "nginx",
    "openbox",
    "postgresql",
    "python3",
    "python3-venv",
    "webkit2gtk-driver",
    "xauth",
    "xdg-utils",
    "xdotool",
    "xvfb",
];
/// The packages that would run as services from the next boot on. The tests that need them start them.
const SERVICES: &[&str] = &["caddy", "nginx", "postgresql"];
const NODE_AT_LEAST: (u32, u32) = (20, 19);
/// Makes apt retry a mirror that fails once.
const RETRIES: &str = "--option=Acquire::Retries=3";
/// apt runs this file to decide whether it may start a service; ours always refuses.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// The folder that exists where systemd starts services (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

/// Prepares everything, in order. The caller holds the target folder, so that two runs do not install at once.
pub(crate) fn run_all(checkout: &Checkout) -> Outcome {
    check_tools()?;
    system_packages()?;
    page_packages(checkout)
}

/// Checks that node and npm exist and are new enough. cargo exists: it runs xtask.
fn check_tools() -> Outcome {
    if find_program("cargo").is_none() {
        return Err("cargo is not on the PATH: install Rust 1.95 or newer from https://rustup.rs".to_owned());
    }
    if find_program("node").is_none() || find_program("npm").is_none() {
        return Err("node and npm are not on the PATH: install Node 20.19 or newer from https://nodejs.org"
            .to_owned());
    }
    let version = capture(Command::new("node").arg("--version"))?;
    match parse_node_version(&version) {
        Some(found) if found >= NODE_AT_LEAST => Ok(()),
        _ => Err(format!("node is {}, and must be 20.19 or newer: https://nodejs.org", version.trim())),
    }
}

fn parse_node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Installs the missing system packages when allowed; otherwise returns the one line to run.
fn system_packages() -> Outcome {
    let wanted: Vec<&str> = BUILD_PACKAGES.iter().chain(SESSION_PACKAGES).copied().collect();
    if find_program("dpkg-query").is_none() {
        println!("not a Debian system: these packages, or what they are called here, must be installed:");
        println!("  {}", wanted.join(" "));
        return Ok(());
    }
    let missing = missing_packages(&wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let install = ["install", "--yes", "--no-install-recommends"];
    let services: Vec<&str> = SERVICES.iter().copied().filter(|name| missing.contains(name)).collect();
    let mut line = format!("apt-get update && apt-get {} {}", install.join(" "), missing.join(" "));
    if !services.is_empty() {
        line += &format!(" && systemctl disable --now {}", services.join(" "));
    }
    let Some(root) = Root::find() else {
        return Err(format!("system packages are missing. Run this, then try again:\n  sudo sh -c '{line}'"));
    };
    println!("installing {} system packages: {}", missing.len(), missing.join(" "));
    let policy = Policy::set(&root)?;
    // Old lists may still work: when they do not, installing reports it.
    if let Err(error) = run(&mut root.apt(&["update", "--quiet", RETRIES])) {
        println!("{error}; trying with the lists that are there");
    }
    let outcome = run(root.apt(&install).args(["--quiet", RETRIES]).args(&missing));
    drop(policy);
    outcome?;
    if !services.is_empty() && Path::new(SYSTEMD).exists() {
        run(root.command("systemctl").args(["disable", "--quiet"]).args(&services))?;
    }
    let still = missing_packages(&wanted);
    if still.is_empty() { Ok(()) } else { Err(format!("apt did not install: {}", still.join(" "))) }
}

fn missing_packages<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let answer = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${binary:Package} ${db:Status-Status}\n"])
        .args(wanted)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let text = answer.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    not_installed(wanted, &text)
}

/// Returns the packages that are not installed. `text` has a line per package: its name, perhaps with `:amd64`, and
/// its status.
fn not_installed<'a>(wanted: &[&'a str], text: &str) -> Vec<&'a str> {
    let installed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| status.trim() == "installed")
        .filter_map(|(name, _)| name.split(':').next())
        .collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

/// How xtask can act as root.
enum Root {
    /// It is root.
    Ourselves,
    /// `sudo` requires no password.
    Sudo,
}

impl Root {
    fn find() -> Option<Self> {
        if nix::unistd::geteuid().is_root() {
            return Some(Self::Ourselves);
        }
        let sudo = Command::new("sudo")
            .args(["--non-interactive", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        sudo.is_ok_and(|status| status.success()).then_some(Self::Sudo)
    }

    fn command(&self, program: &str) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["--non-interactive", program]);
                command
            }
        }
    }

    fn apt(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("env");
        // Our temporary folder is private; apt runs as a user of its own.
        command.args(["--unset=TMPDIR", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        command
    }
}

/// Prevents apt from starting services while it lives. A policy that the machine already has is left unchanged.
struct Policy<'a> {
    root: Option<&'a Root>,
}

impl<'a> Policy<'a> {
    fn set(root: &'a Root) -> Outcome<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { root: None });
        }
        let own = std::env::temp_dir().join(format!("latchkey-policy-rc.d-{}", std::process::id()));
        fs::write(&own, "#!/bin/sh\nexit 101\n")
            .and_then(|()| fs::set_permissions(&own, fs::Permissions::from_mode(0o755)))
            .map_err(|error| format!("{}: {error}", own.display()))?;
        let moved = run(root.command("install").args(["-m", "0755"]).arg(&own).arg(POLICY));
        let _ = fs::remove_file(&own);
        moved?;
        Ok(Self { root: Some(root) })
    }
}

impl Drop for Policy<'_> {
    fn drop(&mut self) {
        if let Some(root) = self.root {
            let _ = run(root.command("rm").args(["-f", POLICY]));
        }
    }
}

/// Runs `npm ci`, unless the lock file is the one last installed.
pub(crate) fn page_packages(checkout: &Checkout) -> Outcome {
    let lock = checkout.page().join("package-lock.json");
    let installed = checkout.page().join("node_modules/.latchkey-installed.json");
    let wanted = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("fetching the page's packages (npm ci) …");
    run(&mut checkout.in_page("npm", &["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))
}

#[cfg(test)]
mod tests {
    use super::{not_installed, parse_node_version};

    #[test]
    fn node_versions_compare_by_number() {
        assert_eq!(parse_node_version("v20.19.1\n"), Some((20, 19)));
        assert!(parse_node_version("v20.9.0") < Some((20, 19)));
        assert!(parse_node_version("v22.0.0") > Some((20, 19)));
        assert_eq!(parse_node_version("nonsense"), None);
    }

    #[test]
    fn a_package_counts_only_when_dpkg_says_installed() {
        let said = "xvfb installed\nlibgtk-3-dev:amd64 installed\nchromium config-files\n";
        assert_eq!(
            not_installed(&["xvfb", "libgtk-3-dev", "chromium", "openbox"], said),
            ["chromium", "openbox"]
        );
    }
}
