-- What was looked at, taken out, permitted or refused; the journals hold what was changed. Append-only: nobody but the owner
-- has UPDATE or DELETE. The transaction's number orders entries for those who seal them, as in county.event.
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
    detail        bytea NOT NULL,
    CHECK ((outcome = 'refused') = (code <> ''))
);

CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_object ON audit (object_id, at, id);
