-- A tenant's data keys: which hash its indexes are of, which never changes, and the way in which an instance that has no
-- key-encryption key learns of a new key: sealed by the key before it.
ALTER TABLE data_key
    ADD COLUMN index_hash text NOT NULL DEFAULT 'SHA-256' CHECK (index_hash IN ('SHA-256', 'SM3')),
    ADD COLUMN successor  bytea;
