-- The key of look-ups over the whole county, wrapped by the installation's key-encryption key, and the hash of its indexes.
CREATE TABLE blind_key (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    kek        text NOT NULL,
    index_hash text NOT NULL CHECK (index_hash IN ('SHA-256', 'SM3')),
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
