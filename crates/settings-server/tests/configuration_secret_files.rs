//! B39: files that the operator mounts and that hold a secret: what may be a link, and who may read them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use secrecy::ExposeSecret;
use settings_server::config::SecretOrigin;

use crate::configuration::{Folder, KEY, SECRET, text};
use crate::support::write_secret;

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

/// Returns the error of a configuration with every kind of secret file.
fn error(folder: &Folder) -> Option<String> {
    let smtp = "[smtp]\nhost = \"mail.example.com\"\nfrom = \"a@example.com\"\nusername = \"x\"\npassword_file = \"password\"\n";
    let store = "[store]\nurl_file = \"url\"\nencryption_key_files = [\"key\"]\n";
    folder.parse(&(text(&[("[store]\n", store)]) + smtp), &[]).err().map(|error| error.to_string())
}

fn folder() -> Folder {
    let folder = Folder::new(SECRET);
    write_secret(&folder.0.path().join("password"), "short");
    write_secret(&folder.0.path().join("key"), KEY);
    write_secret(&folder.0.path().join("url"), "sqlite:latchkey.db");
    folder
}

#[test]
fn b39_secret_with_a_byte_order_mark_is_read_without_it() {
    let folder = folder();
    for name in ["secret", "password", "key", "url"] {
        let file = folder.0.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        write_secret(&file, format!("\u{feff}{text}\r\n"));
    }
    assert_eq!(error(&folder), None);
    for (name, wanted) in [("secret", SECRET), ("password", "short")] {
        let secret = SecretOrigin::File(folder.0.path().join(name)).read_of_any_strength().unwrap();
        assert_eq!(secret.expose_secret(), wanted);
    }
    write_secret(&folder.0.path().join("secret"), "\u{feff}");
    assert_eq!(error(&folder).as_deref(), Some("logto.client_secret_file: empty"));
}

#[test]
fn b39_world_readable_secret_is_refused() {
    for (name, field) in [
        ("secret", "logto.client_secret_file"),
        ("password", "smtp.password_file"),
        ("key", "store.encryption_key_files"),
        ("url", "store.url_file"),
    ] {
        let folder = folder();
        assert_eq!(error(&folder), None);
        let file = folder.0.path().join(name);
        for (mode, admitted) in [
            (0o400, true),
            (0o600, true),
            (0o440, true),
            (0o640, true),
            (0o660, true),
            (0o644, false),
            (0o604, false),
            (0o602, false),
            (0o666, false),
            (0o444, false),
        ] {
            set_mode(&file, mode);
            let path = file.display();
            let wanted = format!(
                "{field}: names a file that every user of this machine may read or write: {path} (chmod o-rwx {path}; in \
                 Kubernetes, defaultMode 0440 and fsGroup)"
            );
            assert_eq!(error(&folder), (!admitted).then_some(wanted), "{name} {mode:o}");
        }
    }
}

/// Kubernetes mounts a secret as a link to a file in a folder that is itself a link, and swaps that.
#[test]
fn b39_secret_may_be_a_link_and_its_target_counts() {
    let folder = folder();
    let at = |name: &str| folder.0.path().join(name);
    fs::create_dir(at("..2026_11_29")).unwrap();
    symlink("..2026_11_29", at("..data")).unwrap();
    fs::rename(at("secret"), at("..2026_11_29/secret")).unwrap();
    symlink("..data/secret", at("secret")).unwrap();
    assert_eq!(error(&folder), None);
    set_mode(&at("..2026_11_29/secret"), 0o644);
    let refused = error(&folder).unwrap();
    assert!(refused.starts_with("logto.client_secret_file: names a file that every user"), "{refused}");
    fs::remove_file(at("..2026_11_29/secret")).unwrap();
    let refused = error(&folder).unwrap();
    assert!(refused.starts_with("logto.client_secret_file: names a file that does not exist: "), "{refused}");
}

#[test]
fn b39_a_secret_is_a_regular_file_of_some_size() {
    let folder = folder();
    let file = folder.0.path().join("secret");
    let refused = || error(&folder).unwrap();
    fs::write(&file, "x".repeat(64 * 1024 + 1)).unwrap();
    assert!(
        refused().starts_with("logto.client_secret_file: names a file that is too large"),
        "{}",
        refused()
    );
    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(
        refused().starts_with("logto.client_secret_file: names a file that cannot be read as text"),
        "{}",
        refused()
    );
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(
        refused().starts_with("logto.client_secret_file: names a file that is not a regular file"),
        "{}",
        refused()
    );
}

/// The secret is read again for each token: the rules of the start hold then, too.
#[test]
fn b39_secret_made_world_readable_later_is_not_used() {
    use secrecy::ExposeSecret;

    let folder = folder();
    let file = folder.0.path().join("secret");
    let secret = SecretOrigin::File(file.clone());
    assert_eq!(secret.read().unwrap().expose_secret(), SECRET);
    set_mode(&file, 0o644);
    let refused = secret.read().map(|_| ()).unwrap_err();
    assert!(refused.contains("chmod o-rwx") && !refused.contains(SECRET), "{refused}");
    set_mode(&file, 0o600);
    assert_eq!(secret.read().unwrap().expose_secret(), SECRET);
}
