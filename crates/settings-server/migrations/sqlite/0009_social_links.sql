-- Social accounts that are being linked. State, verifier and handle stand here as SHA-256, the provider's answer sealed.
-- `status`: `open` until the browser came back, then `answered`; `void` once it came back twice; `used` once an operation
-- (`used_by`) has finished it.
CREATE TABLE social_links (
    state BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    instance BLOB NOT NULL,
    connector TEXT NOT NULL,
    target TEXT NOT NULL,
    replaces TEXT,
    verifier BLOB NOT NULL,
    origin TEXT NOT NULL,
    status TEXT NOT NULL,
    handle BLOB,
    answer BLOB,
    used_by TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX social_links_expiry ON social_links (expires_at);
CREATE INDEX social_links_user ON social_links (user_id, instance);
