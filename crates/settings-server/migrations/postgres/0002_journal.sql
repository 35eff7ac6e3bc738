-- What happened to accounts: one chain a user, each row's hash taken over the one before it.
CREATE TABLE journal (
    user_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    phase TEXT NOT NULL,
    operation TEXT NOT NULL,
    result TEXT,
    client TEXT,
    instance TEXT,
    ip TEXT,
    device TEXT,
    request TEXT,
    old_values TEXT,
    new_values TEXT,
    hash BYTEA NOT NULL,
    PRIMARY KEY (user_id, seq)
);
CREATE INDEX journal_by_operation ON journal (user_id, operation);
CREATE INDEX journal_by_time ON journal (at);

-- The end of each user's chain, so that a chain cannot be cut; and the last row that was removed because it was old.
CREATE TABLE journal_heads (
    user_id TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    base_seq BIGINT NOT NULL,
    base_hash BYTEA NOT NULL
);

-- Changes that were begun and whose outcome is not written down yet. `expected` is what Logto holds once the change
-- is done, as digests; `notices` is sealed. The state is `running`, or `unsure` once the request is over and nobody
-- knows what Logto did.
CREATE TABLE intents (
    operation TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    action TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    state TEXT NOT NULL,
    expected TEXT NOT NULL,
    notices BYTEA
);
CREATE INDEX intents_by_age ON intents (begun_at);

-- Which operation a key of a repeatable request stands for. What became of it stands in the journal.
CREATE TABLE idempotency (
    user_id TEXT NOT NULL,
    name BYTEA NOT NULL,
    action TEXT NOT NULL,
    operation TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- Notices on their way, one row a recipient. `sealed` is emptied once there is nothing left to send.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX outbox_by_next_try ON outbox (state, next_try_at);
