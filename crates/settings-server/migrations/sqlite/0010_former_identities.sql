-- Social accounts that were unlinked or replaced, for 72 hours (sealed). `account_key` names the account; `operation` is the
-- change that removed it: the row counts once the audit log has its outcome.
CREATE TABLE former_identities (
    user_id TEXT NOT NULL,
    account_key TEXT NOT NULL,
    target TEXT NOT NULL,
    instance BLOB NOT NULL,
    operation TEXT NOT NULL,
    sealed BLOB NOT NULL,
    removed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, account_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_identities_expiry ON former_identities (expires_at);

-- Whether a fresh sign-in in the browser was part of the proof.
ALTER TABLE step_up_grants ADD COLUMN signed_in INTEGER NOT NULL DEFAULT 0;
