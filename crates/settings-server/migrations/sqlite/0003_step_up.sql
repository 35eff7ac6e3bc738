-- Secrets stand here as SHA-256, addresses sealed or as keyed fingerprints. Times are milliseconds since the epoch
-- unless they say otherwise.

-- App instances that a user was seen with, and the grant that each was signed in with.
CREATE TABLE instances (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    instance BLOB NOT NULL,
    first_seen INTEGER NOT NULL,
    grant_id TEXT,
    PRIMARY KEY (user_id, client_id, instance)
);

-- What a person was asked to prove. `issued_at` is in seconds, on Logto's clock.
CREATE TABLE step_up_challenges (
    nonce BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    instance BLOB NOT NULL,
    purpose TEXT NOT NULL,
    target BLOB,
    issued_at INTEGER NOT NULL,
    signed_in INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
);
CREATE INDEX step_up_challenges_expiry ON step_up_challenges (expires_at);

-- What a person has proven.
CREATE TABLE step_up_grants (
    token BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    instance BLOB NOT NULL,
    purpose TEXT NOT NULL,
    target BLOB,
    proof TEXT NOT NULL,
    used_by TEXT,
    expires_at INTEGER NOT NULL
);
CREATE INDEX step_up_grants_expiry ON step_up_grants (expires_at);

-- Codes on their way. `subject` is what the code is for, within its kind.
CREATE TABLE verification_transactions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    instance BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    recipient BLOB NOT NULL,
    sealed BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX verification_transactions_expiry ON verification_transactions (expires_at);

-- Logto keys its codes by recipient alone, so one recipient has at most one open transaction over all users.
CREATE TABLE open_recipients (
    recipient BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    transaction_id BLOB NOT NULL,
    expires_at INTEGER NOT NULL
);

-- Addresses that were bound through this server, and when: a new one proves nothing destructive for a day.
CREATE TABLE bound_addresses (
    user_id TEXT NOT NULL,
    address BLOB NOT NULL,
    bound_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
);
