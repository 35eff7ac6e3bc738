-- When each of a user's authenticators was bound or first seen, and what proof it rests on. `item` is `account` (since
-- when the user is known here), `password`, or `address:` or `identity:` with a keyed fingerprint. Times are
-- milliseconds since the epoch; `gone_at` is when an item was first missed.
CREATE TABLE bindings (
    user_id TEXT NOT NULL,
    item TEXT NOT NULL,
    bound_at BIGINT NOT NULL,
    origin TEXT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (user_id, item)
);
CREATE INDEX bindings_gone ON bindings (gone_at);
INSERT INTO bindings (user_id, item, bound_at, origin)
    SELECT user_id, 'address:' || encode(address, 'hex'), bound_at, 'unknown' FROM bound_addresses;
DROP TABLE bound_addresses;

-- Grants and codes that are under way are asked for again.
DELETE FROM step_up_grants;
DELETE FROM verification_transactions;
DELETE FROM open_recipients;
ALTER TABLE step_up_grants ADD COLUMN origin TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE step_up_grants ADD COLUMN last_resort BIGINT NOT NULL DEFAULT 0;
ALTER TABLE verification_transactions ADD COLUMN origin TEXT NOT NULL DEFAULT 'unknown';
-- Whether the recipient is an address of the user who asked; `expires_at` is until when strangers are kept out.
ALTER TABLE open_recipients ADD COLUMN is_owner BIGINT NOT NULL DEFAULT 0;
ALTER TABLE open_recipients ADD COLUMN instance BYTEA NOT NULL DEFAULT '';
