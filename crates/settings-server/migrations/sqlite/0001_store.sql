-- One row a user whose account was ever changed here: who changes it now, and the number of that change.
CREATE TABLE leases (
    subject TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    fence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a budget: the times at which it was drawn on. `version` is compared and swapped.
CREATE TABLE limits (
    bucket BLOB NOT NULL PRIMARY KEY,
    stamps BLOB NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_by_expiry ON limits (expires_at);

-- Which server holds which encryption key; `canary` is sealed by the one it seals with.
CREATE TABLE keys (
    server BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    canary BLOB,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (server, fingerprint)
) STRICT, WITHOUT ROWID;
