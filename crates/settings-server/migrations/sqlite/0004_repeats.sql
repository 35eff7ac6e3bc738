-- A key stands for one request, told apart by its keyed fingerprint. Keys that are kept stand for a day at most.
DELETE FROM idempotency;
ALTER TABLE idempotency DROP COLUMN action;
ALTER TABLE idempotency ADD COLUMN request BLOB NOT NULL DEFAULT x'';

-- The operation that a code has proven, until its change is made: repeated, it goes on where it was cut off.
ALTER TABLE verification_transactions ADD COLUMN proven_by TEXT;
