-- The keys of users, sealed: with them the address and the program in their rows of the journal are sealed. Without them
-- these two cannot be read any more, and the chain is whole all the same. A user has one, and another only where a server
-- could not open it. `sealed_by` names the server's key that sealed it.
CREATE TABLE journal_keys (
    user_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    sealed_by INTEGER NOT NULL,
    PRIMARY KEY (user_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_keys_by_key ON journal_keys (sealed_by);
