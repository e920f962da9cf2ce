-- Files of cases. What lies in the blob store is sealed with file_key, which is itself sealed here: without this row a blob
-- is noise. A withdrawn file keeps its line and loses its key.
CREATE TABLE attachment (
    id            uuid PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES cases (id),
    version       bigint NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    media         text COLLATE "C" NOT NULL,
    size          bigint NOT NULL CHECK (size > 0),
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    withdrawn_at  timestamptz,
    file_key      bytea,
    details       bytea NOT NULL, -- name, digest, actor's name, withdrawal, sealed
    CHECK ((withdrawn_at IS NULL) = (file_key IS NOT NULL))
);

CREATE INDEX attachment_case ON attachment (case_id, at DESC, id DESC);

-- What the files of the tenant take together, those withdrawn not counted. One row; its lock lets uploads through one by
-- one where they count.
CREATE TABLE attachment_usage (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    files  bigint NOT NULL CHECK (files >= 0),
    bytes  bigint NOT NULL CHECK (bytes >= 0)
);

-- Blobs that nothing refers to once they are due: written before a blob is, so that none is ever forgotten, and deleted
-- with the transaction that makes its attachment.
CREATE TABLE attachment_leftover (
    blob uuid PRIMARY KEY,
    due  timestamptz NOT NULL
);

CREATE INDEX attachment_leftover_due ON attachment_leftover (due);

-- Links that open an attachment without a token for a few minutes, in the name of whoever asked for them.
CREATE TABLE attachment_link (
    id            uuid PRIMARY KEY,
    attachment_id uuid NOT NULL REFERENCES attachment (id),
    actor_issuer  text NOT NULL,
    actor_subject text NOT NULL,
    expires       timestamptz NOT NULL
);

CREATE INDEX attachment_link_expires ON attachment_link (expires);
