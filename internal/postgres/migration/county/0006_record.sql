-- The county's own record of what was permitted, published, looked at over the county or refused; a tenant's stands in its
-- own schema. Append-only. Nothing personal stands here: detail is JSON of codes.
CREATE TABLE audit (
    id            uuid PRIMARY KEY,
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    actor_unit    text NOT NULL,
    actor_roles   text[] NOT NULL,
    action        text COLLATE "C" NOT NULL,
    outcome       text COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'refused')),
    code          text COLLATE "C" NOT NULL,
    object_kind   text COLLATE "C" NOT NULL,
    object_id     text COLLATE "C" NOT NULL,
    purpose       text COLLATE "C" NOT NULL,
    detail        text NOT NULL,
    CHECK ((outcome = 'refused') = (code <> ''))
);

CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_object ON audit (object_id, at, id);
CREATE INDEX audit_sealing ON audit (xid, id);

ALTER TABLE registry_journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE INDEX registry_journal_sealing ON registry_journal (tenant, xid, id);

-- The sealed record of each tenant, and of the county under its own code: one leaf for each entry, in the order in which
-- they were sealed, and the signed checkpoints over them. Only the county's role adds to them, and nobody changes them; a
-- tenant reads its own. hash is the leaf of a Merkle tree (RFC 9162), chain runs along the leaves and tells where two
-- records part. edition says which columns of its entry a leaf was made of; era counts the servers on which the record
-- grew: one that was restored elsewhere counts its transactions anew.
CREATE TABLE audit_leaf (
    tenant   text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{6}([0-9]{3})?$'),
    position bigint NOT NULL CHECK (position >= 0),
    era      integer NOT NULL,
    source   text COLLATE "C" NOT NULL,
    edition  smallint NOT NULL,
    entry    uuid NOT NULL,
    xid      xid8 NOT NULL,
    hash     bytea NOT NULL,
    chain    bytea NOT NULL,
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, source, entry)
);

-- text is the signed note, and says what the columns beside it say; edge is what the tree needs to grow. A checkpoint that
-- is like the one before says that nothing was added.
CREATE TABLE audit_checkpoint (
    tenant   text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{6}([0-9]{3})?$'),
    number   bigint NOT NULL CHECK (number >= 0),
    size     bigint NOT NULL CHECK (size >= 0),
    root     bytea NOT NULL,
    at       timestamptz NOT NULL,
    last_xid xid8 NOT NULL, -- of the last leaf; 0: there is none
    edge     bytea NOT NULL,
    chain    bytea NOT NULL,
    text     text NOT NULL,
    PRIMARY KEY (tenant, number)
);

CREATE INDEX audit_checkpoint_size ON audit_checkpoint (tenant, size, number);

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_leaf ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_checkpoint ENABLE ROW LEVEL SECURITY;
