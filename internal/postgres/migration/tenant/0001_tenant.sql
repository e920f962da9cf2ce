-- One tenant's own tables. Columns of type bytea hold sealed text (internal/seal): personal and free text never stands
-- here in the clear. Ids are UUIDv7 made by the service; no sequence, trigger or enum lives in a tenant's schema.

-- Data keys, wrapped by the installation's key-encryption key; the newest seals, all open.
CREATE TABLE data_key (
    version    integer PRIMARY KEY,
    kek        text NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE committee (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    prefix     text NOT NULL,
    pattern    text NOT NULL,
    is_default boolean NOT NULL DEFAULT false
);

CREATE UNIQUE INDEX committee_default ON committee (is_default) WHERE is_default;

-- The last number given in a series. The row's lock makes a series gap-free: it is held until the number is committed.
CREATE TABLE numbering (
    series    text NOT NULL,
    committee text NOT NULL, -- a committee's id; '' for the tenant's own series
    year      integer NOT NULL,
    last      integer NOT NULL,
    PRIMARY KEY (series, committee, year)
);

CREATE TABLE cases (
    id              uuid PRIMARY KEY,
    version         bigint NOT NULL,
    state           text COLLATE "C" NOT NULL,
    registration    text COLLATE "C" NOT NULL UNIQUE,
    number          text COLLATE "C" UNIQUE,
    committee       uuid NOT NULL REFERENCES committee (id),
    type            text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    title           bytea NOT NULL,
    facts           bytea NOT NULL,
    claims          bytea NOT NULL,
    place           bytea NOT NULL,
    place_code      text NOT NULL DEFAULT '',
    amount          bigint,
    people          integer NOT NULL DEFAULT 0,
    occurred_on     date,
    tags            text[] NOT NULL DEFAULT '{}',
    refusal_reason  text,
    refusal_note    bytea,
    withdrawal_by   uuid,
    withdrawal_note bytea,
    filed_by        text NOT NULL,
    filed_at        timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    ended_at        timestamptz
);

CREATE INDEX cases_filed ON cases (filed_at DESC, id DESC);
CREATE INDEX cases_updated ON cases (updated_at, id);

CREATE TABLE party (
    id       uuid PRIMARY KEY,
    case_id  uuid NOT NULL REFERENCES cases (id),
    position integer NOT NULL,
    side     text NOT NULL,
    kind     text NOT NULL,
    details  bytea NOT NULL,
    UNIQUE (case_id, position)
);

-- Append-only: nobody but the owner has UPDATE or DELETE. One entry per version of a case.
CREATE TABLE journal (
    id            uuid PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES cases (id),
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    actor_unit    text NOT NULL,
    actor_roles   text[] NOT NULL,
    verb          text NOT NULL,
    from_state    text NOT NULL,
    to_state      text NOT NULL,
    version       bigint NOT NULL,
    detail        bytea NOT NULL,
    UNIQUE (case_id, version)
);

CREATE TABLE idempotency_key (
    principal       text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    fingerprint     text NOT NULL,
    receipt_id      text NOT NULL,
    receipt_version bigint NOT NULL,
    created         boolean NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, key)
);

CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
