-- Social accounts that are being linked. State, verifier and handle stand here as SHA-256, the provider's answer sealed.
-- `status`: `open` until the browser came back, then `answered`; `void` once it came back twice; `used` once an operation
-- (`used_by`) has finished it.
CREATE TABLE social_links (
    state BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    instance BYTEA NOT NULL,
    connector TEXT NOT NULL,
    target TEXT NOT NULL,
    replaces TEXT,
    verifier BYTEA NOT NULL,
    origin TEXT NOT NULL,
    status TEXT NOT NULL,
    handle BYTEA,
    answer BYTEA,
    used_by TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX social_links_expiry ON social_links (expires_at);
CREATE INDEX social_links_user ON social_links (user_id, instance);
