-- What a county shares among its tenants. Row-level security is enabled, not forced: owners migrate, back up and count.
-- Grants and policies stand in internal/tenantdb/grant.go, so that drift from them is seen and repaired.

-- Which resource of which installation a unit belongs to.
CREATE TABLE claim (
    kind         text NOT NULL CHECK (kind IN ('County', 'Township')),
    name         text COLLATE "C" NOT NULL,
    installation text NOT NULL,
    uid          text NOT NULL,
    state        text NOT NULL CHECK (state IN ('held', 'retained')),
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, name)
);

CREATE TABLE county (
    code       text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenant (
    code             text COLLATE "C" PRIMARY KEY,
    name             text NOT NULL,
    kind             text NOT NULL,
    mode             text NOT NULL CHECK (mode IN ('Dedicated', 'Shared')),
    state            text NOT NULL CHECK (state IN ('active', 'suspended')),
    schema_version   integer NOT NULL DEFAULT 0,
    open_cases_quota integer NOT NULL DEFAULT 0,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

-- Who may act in a tenant or in the county. Rows with source 'resource' come from the County resource.
CREATE TABLE member (
    unit       text COLLATE "C" NOT NULL CHECK (unit ~ '^[0-9]{6}([0-9]{3})?$'),
    issuer     text NOT NULL,
    subject    text NOT NULL,
    name       text NOT NULL,
    roles      text[] NOT NULL,
    source     text NOT NULL CHECK (source IN ('api', 'resource')),
    version    bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (unit, issuer, subject)
);

CREATE INDEX member_subject ON member (issuer, subject, unit);

-- One row per case: codes, dates, amounts and masked names, never text. The custodian is this column and nothing else.
CREATE TABLE case_index (
    origin         text COLLATE "C" NOT NULL CHECK (origin ~ '^[0-9]{9}$'),
    case_id        uuid NOT NULL,
    custodian      text COLLATE "C" NOT NULL CHECK (custodian ~ '^[0-9]{9}$'),
    state          text COLLATE "C" NOT NULL,
    open           boolean NOT NULL,
    type           text COLLATE "C" NOT NULL,
    source         text COLLATE "C" NOT NULL,
    registration   text COLLATE "C" NOT NULL,
    number         text COLLATE "C" NOT NULL DEFAULT '',
    amount         bigint,
    tags           text[] NOT NULL DEFAULT '{}',
    masked_parties text[] NOT NULL DEFAULT '{}',
    filed_at       timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    version        bigint NOT NULL,
    PRIMARY KEY (origin, case_id)
);

CREATE INDEX case_index_custodian ON case_index (custodian, open);
CREATE INDEX case_index_case ON case_index (case_id);
CREATE INDEX case_index_filed ON case_index (filed_at DESC, case_id DESC);
CREATE INDEX case_index_updated ON case_index (updated_at, case_id);

-- What happened, in order of (xid, sequence); readers stop at pg_snapshot_xmin(pg_current_snapshot()).
CREATE TABLE event (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tenant   text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    type     text NOT NULL,
    case_id  uuid NOT NULL,
    version  bigint NOT NULL,
    at       timestamptz NOT NULL
);

CREATE INDEX event_order ON event (xid, sequence);
CREATE INDEX event_tenant ON event (tenant, xid, sequence);

-- Keys of county-wide writes, under the county's role alone; a tenant keeps its own beside its cases.
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

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE member ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_index ENABLE ROW LEVEL SECURITY;
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
