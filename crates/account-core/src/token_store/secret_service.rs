//! The keyring of a Linux desktop: the owner of `org.freedesktop.secrets` (gnome-keyring, KWallet, KeePassXC, …).
//!
//! An item is ours if it has exactly our attributes, and those that the service adds to each. The service also finds
//! items of other programs that have more, and those are never read, written or erased. An empty result means that
//! there is no item only while the default collection is open: KeePassXC shows a locked database as an empty one.

use std::collections::HashMap;
use std::iter::repeat_with;
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use tokio::time::Instant;
use zbus::blocking::Connection;
use zbus::blocking::fdo::DBusProxy;
use zbus::names::OwnedUniqueName;
use zeroize::Zeroizing;

use super::StoreError;

/// The name of every Secret Service on the bus.
const SECRETS: &str = "org.freedesktop.secrets";
/// The D-Bus error of a service that refuses a session's public key.
const INVALID_ARGUMENTS: &str = "org.freedesktop.DBus.Error.InvalidArgs";
/// How many connections a call tries.
const ATTEMPTS: usize = 4;
/// Services that D-Bus starts by their own name, and not by that of the Secret Service.
const TO_BE_STARTED: [&str; 2] = ["org.kde.kwalletd6", "org.kde.kwalletd5"];
/// The names of KWallet; since KDE Frameworks 6 its Secret Service is a program of its own.
const KWALLETS: [&str; 3] = ["org.kde.kwalletd5", "org.kde.kwalletd6", "org.kde.ksecretd"];
/// How long a service that was started may take until it owns the Secret Service's name.
const STARTING: Duration = Duration::from_secs(2);
/// The pause between two checks whether it does.
const PAUSE: Duration = Duration::from_millis(10);
/// A call that took longer showed a dialog: it is not repeated, or the user would see a second one.
const DIALOG: Duration = Duration::from_secs(1);
/// The attributes that services add to every item: gnome-keyring the first, KeePassXC the others.
const ADDED: [&str; 7] = ["xdg:schema", "Title", "UserName", "URL", "Notes", "Uuid", "Path"];

/// The connection to the service. Our items have the attributes `service` and `username`.
pub(super) struct Keyring {
    service: String,
    connection: Option<Connected>,
}

/// A connection to one service, and the name of its owner on the bus: a successor does not know the connection.
/// (KeePassXC then answers a write as if a user had cancelled a dialog.)
struct Connected {
    bus: Connection,
    owner: Option<OwnedUniqueName>,
    service: SecretService<'static>,
}

impl Connected {
    /// Opens a session with its own keys.
    fn new() -> Result<Self, Error> {
        let bus = Connection::session()?;
        let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone())?;
        Ok(Self { owner: owner(&bus, SECRETS), bus, service })
    }

    fn is_current(&self) -> bool {
        self.owner.is_some() && owner(&self.bus, SECRETS) == self.owner
    }
}

/// Returns the owner of this name on the bus.
fn owner(bus: &Connection, name: &str) -> Option<OwnedUniqueName> {
    DBusProxy::new(bus).ok()?.get_name_owner(name.try_into().ok()?).ok()
}

impl Keyring {
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned(), connection: None }
    }

    /// Returns the secret of this name. One that is not UTF-8 was not written by us and is returned empty, as a
    /// damaged one.
    pub(super) fn get(&mut self, name: &str) -> Result<Option<SecretString>, StoreError> {
        self.call("get", name, |service, attributes| {
            let Some(item) = find(service, attributes)? else { return Ok(None) };
            let secret = Zeroizing::new(item.get_secret()?);
            Ok(Some(SecretString::from(std::str::from_utf8(&secret).unwrap_or_default())))
        })
    }

    pub(super) fn set(&mut self, name: &str, secret: &SecretString) -> Result<(), StoreError> {
        let secret = secret.expose_secret().as_bytes();
        let label = format!("Latchkey ({name})");
        self.call("set", name, |service, attributes| {
            if let Some(item) = find(service, attributes)? {
                return item.set_secret(secret, "text/plain");
            }
            // Never replaces an item that has these attributes and more.
            let collection = service.get_default_collection()?;
            collection.create_item(&label, attributes.clone(), secret, false, "text/plain").map(drop)
        })
    }

    /// Erases a secret, and checks whether it is gone.
    pub(super) fn delete(&mut self, name: &str) -> Result<(), StoreError> {
        let is_there = self.call("delete", name, |service, attributes| {
            let Some(item) = find(service, attributes)? else { return Ok(false) };
            item.delete()?;
            Ok(find(service, attributes)?.is_some())
        })?;
        if is_there { Err(StoreError::Refused) } else { Ok(()) }
    }

    /// Checks whether the default collection exists and is open, and requests that it be opened.
    pub(super) fn probe(&mut self) -> Result<(), StoreError> {
        self.call("probe", "", |service, _| open(service))
    }

    /// Opens the default collection, or creates it. The service shows a dialog for either.
    pub(super) fn create(&mut self) -> Result<(), StoreError> {
        self.call("create", "", |service, _| match service.get_default_collection() {
            Err(Error::NoResult) => match service.create_collection(name_of_the_first(), "default") {
                // The dialog was cancelled: as before, there is nothing that could be locked.
                Err(Error::Prompt) => Err(Error::NoResult),
                made => made.map(drop),
            },
            _ => open(service),
        })
    }

    /// Calls the service, and repeats the call with a new connection where it failed through no fault of its own: one
    /// in 256 times KWallet and we derive different keys, because it leaves out the first byte of the secret where
    /// that is zero.
    fn call<T>(
        &mut self,
        operation: &'static str,
        name: &str,
        call: impl Fn(&SecretService<'_>, &HashMap<&str, &str>) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let attributes = HashMap::from([("service", self.service.as_str()), ("username", name)]);
        let mut attempts = 0;
        loop {
            let connection = match self.connection.take().filter(Connected::is_current) {
                Some(connection) => connection,
                None => connect().map_err(|_| absent(operation))?,
            };
            attempts += 1;
            let began = Instant::now();
            let answer = call(&connection.service, &attributes);
            let is_stale = answer.as_ref().is_err_and(is_of_the_connection);
            if is_stale && attempts < ATTEMPTS && began.elapsed() < DIALOG {
                tracing::info!(operation, "keyring: retrying with a new connection");
                continue;
            }
            // A connection caches which collections exist.
            if !is_stale && !matches!(answer, Err(Error::NoResult)) {
                self.connection = Some(connection);
            }
            return answer.map_err(|error| problem(operation, &error));
        }
    }
}

/// Connects to the service and starts it if necessary. A failure is not remembered: the desktop may start its keyring
/// later than the app.
fn connect() -> Result<Connected, Error> {
    let connection = open_session();
    if connection.is_err() && start_another() { open_session() } else { connection }
}

/// Opens a session with its own keys. KWallet refuses one public key in 256: its first byte is zero and was left out.
fn open_session() -> Result<Connected, Error> {
    let attempts = repeat_with(Connected::new).take(ATTEMPTS);
    let mut last = Error::Unavailable;
    for attempt in attempts {
        match attempt {
            Err(error) if is_of_the_key(&error) => last = error,
            answer => return answer,
        }
    }
    Err(last)
}

fn is_of_the_key(error: &Error) -> bool {
    matches!(error, Error::Zbus(zbus::Error::MethodError(name, ..)) if name.as_str() == INVALID_ARGUMENTS)
}

/// Where the Secret Service has no owner, starts a service that D-Bus knows by another name, and returns whether
/// there is an owner now. The service acquires its own name first, and that of the Secret Service a little later.
fn start_another() -> bool {
    let Ok(bus) = Connection::session() else { return false };
    let Ok(starter) = DBusProxy::new(&bus) else { return false };
    let is_there = || owner(&bus, SECRETS).is_some();
    let mut names = TO_BE_STARTED.into_iter().filter_map(|name| name.try_into().ok());
    if is_there() || !names.any(|name| starter.start_service_by_name(name, 0).is_ok()) {
        return false;
    }
    let began = Instant::now();
    while !is_there() {
        if began.elapsed() > STARTING {
            return false;
        }
        thread::sleep(PAUSE);
    }
    true
}

/// Returns the name of the collection that the log-in opens. KWallet keeps the name as its default even when its
/// dialog is cancelled, and then shows no other wallet.
fn name_of_the_first() -> &'static str {
    let is_kwallet = Connection::session().is_ok_and(|bus| {
        let service = owner(&bus, SECRETS);
        service.is_some() && KWALLETS.into_iter().any(|name| owner(&bus, name) == service)
    });
    if is_kwallet { "kdewallet" } else { "Login" }
}

/// Finds our item, unlocked. Returns nothing only while the default collection is open.
fn find<'a>(
    service: &'a SecretService<'_>,
    attributes: &HashMap<&str, &str>,
) -> Result<Option<Item<'a>>, Error> {
    // Where KeePassXC has nothing to search, it prompts for a password that does not help.
    if service.get_all_collections()?.is_empty() {
        return Err(Error::NoResult);
    }
    let began = Instant::now();
    let mut item = look(service, attributes)?;
    // KeePassXC prompts for the password before it searches: a user who cancelled that dialog gets no second one.
    let had_dialog = began.elapsed() > DIALOG;
    if item.is_none() && open_if_closed(service, had_dialog)? {
        item = look(service, attributes)?;
    }
    if let Some(item) = &item
        && item.is_locked()?
    {
        item.unlock()?;
    }
    Ok(item)
}

fn look<'a>(
    service: &'a SecretService<'_>,
    attributes: &HashMap<&str, &str>,
) -> Result<Option<Item<'a>>, Error> {
    let found = service.search_items(attributes.clone())?;
    for item in found.unlocked.into_iter().chain(found.locked) {
        if is_ours(&item.get_attributes()?, attributes) {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn is_ours(found: &HashMap<String, String>, attributes: &HashMap<&str, &str>) -> bool {
    let given = found.keys().filter(|key| !ADDED.contains(&key.as_str()));
    given.count() == attributes.len()
        && attributes.iter().all(|(key, value)| found.get(*key).is_some_and(|found| found == value))
}

fn open(service: &SecretService<'_>) -> Result<(), Error> {
    open_if_closed(service, false).map(drop)
}

/// Opens the default collection, unless there was a dialog already, and returns whether it was closed.
fn open_if_closed(service: &SecretService<'_>, had_dialog: bool) -> Result<bool, Error> {
    let collection = service.get_default_collection()?;
    let is_closed = collection.is_locked()?;
    if is_closed && had_dialog {
        return Err(Error::Locked);
    }
    if is_closed {
        collection.unlock()?;
        // A dialog that was cancelled may look like one that was confirmed.
        collection.ensure_unlocked()?;
    }
    Ok(is_closed)
}

fn is_of_the_connection(error: &Error) -> bool {
    matches!(error, Error::Zbus(_) | Error::ZbusFdo(_) | Error::Zvariant(_) | Error::Crypto(_))
}

fn absent(operation: &'static str) -> StoreError {
    tracing::warn!(operation, "keyring: no service answers (start or install a Secret Service)");
    StoreError::Absent
}

/// Logs the kind of an error and maps it. The texts of these errors may name items and are not logged.
fn problem(operation: &'static str, error: &Error) -> StoreError {
    let problem = match error {
        Error::Locked | Error::Prompt | Error::PromptDisconnected => StoreError::Locked,
        Error::NoResult => StoreError::NoCollection,
        _ => StoreError::Refused,
    };
    tracing::warn!(operation, %problem, "keyring: operation failed");
    problem
}
