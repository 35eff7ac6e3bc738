-- Whether the provider answers to the app's private scheme and not to this server.
ALTER TABLE social_links ADD COLUMN direct INTEGER NOT NULL DEFAULT 0;

-- What this server needs to finish a code flow that it runs itself (sealed).
ALTER TABLE social_links ADD COLUMN code_flow BLOB;
