-- An app instance is introduced by an ID token, one instance for each grant. `introduced_by` is the `iat` of that token,
-- in seconds on Logto's clock; `last_used` is written once an hour at most.
ALTER TABLE instances ADD COLUMN introduced_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN last_used BIGINT NOT NULL DEFAULT 0;
-- Former versions took any instance: each is introduced again, which its app does by itself.
DELETE FROM instances;
CREATE UNIQUE INDEX instances_grant ON instances (user_id, client_id, grant_id);
CREATE INDEX instances_last_used ON instances (last_used);

-- SHA-256 of every ID token that introduced an instance, as long as it could introduce another one.
CREATE TABLE introductions (
    token BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    instance BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX introductions_expiry ON introductions (expires_at);

-- Token floors: access tokens of a user that were issued up to `moment` (seconds on Logto's clock) are refused, unless they
-- come with `instance`.
CREATE TABLE token_floors (
    user_id TEXT NOT NULL PRIMARY KEY,
    moment BIGINT NOT NULL,
    instance BYTEA
);
CREATE INDEX token_floors_moment ON token_floors (moment);
