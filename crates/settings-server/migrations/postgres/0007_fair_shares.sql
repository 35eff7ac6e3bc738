-- A user has a limited number of open challenges.
CREATE INDEX step_up_challenges_by_user ON step_up_challenges (user_id);

-- Equal notices have the same fingerprint in `same`. `due_at` is when one was to be sent at first, whatever became of it.
ALTER TABLE outbox ADD COLUMN same BYTEA;
ALTER TABLE outbox ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_by_sameness ON outbox (same, due_at);

-- Leases that are over are removed.
CREATE INDEX leases_by_expiry ON leases (expires_at);
