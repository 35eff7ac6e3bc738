-- One row a user whose account was ever changed here: who changes it now, and the number of that change.
CREATE TABLE leases (
    subject TEXT NOT NULL PRIMARY KEY,
    holder BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    fence BIGINT NOT NULL
);

-- One row a budget: the times at which it was drawn on. `version` is compared and swapped.
CREATE TABLE limits (
    bucket BYTEA NOT NULL PRIMARY KEY,
    stamps BYTEA NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX limits_by_expiry ON limits (expires_at);

-- Which server holds which encryption key; `canary` is sealed by the one it seals with.
CREATE TABLE keys (
    server BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    canary BYTEA,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (server, fingerprint)
);
