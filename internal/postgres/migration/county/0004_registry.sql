-- Who mediates. A row belongs to the tenant that registered it; those of the whole county (industry committees, experts)
-- belong to the county desk. Columns of type bytea named details are sealed with the tenant's codec: real names, identity
-- numbers and free text. In the clear stand names of organisations, which are public, masked names, codes and days.

CREATE TABLE organisation (
    tenant         text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    id             uuid NOT NULL,
    version        bigint NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    status         text COLLATE "C" NOT NULL,
    name           text NOT NULL,
    division_code  text COLLATE "C" NOT NULL,
    serves         text[] NOT NULL,
    dispute_types  text[] NOT NULL,
    term_to        date,
    filed          boolean NOT NULL,
    filing_pending boolean NOT NULL,
    filing_due     date, -- NULL: nothing is owed to the bureau
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    details        bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX organisation_created ON organisation (tenant, created_at, id);
CREATE INDEX organisation_updated ON organisation (tenant, updated_at, id);

-- person is a blind index of the identity under a key that the tenants of the county share; NULL: no number is known.
-- name is one of the whole name under the tenant's own key.
CREATE TABLE mediator (
    tenant         text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    id             uuid NOT NULL,
    version        bigint NOT NULL,
    status         text COLLATE "C" NOT NULL,
    masked_name    text NOT NULL,
    name           bytea NOT NULL,
    person         bytea,
    issuer         text COLLATE "C" NOT NULL, -- '' for somebody without a login
    subject        text COLLATE "C" NOT NULL,
    skills         text[] NOT NULL,
    term_to        date,
    verified       boolean NOT NULL,
    filed          boolean NOT NULL,
    filing_pending boolean NOT NULL,
    filing_due     date,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    details        bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX mediator_created ON mediator (tenant, created_at, id);
CREATE INDEX mediator_updated ON mediator (tenant, updated_at, id);
CREATE INDEX mediator_name ON mediator (tenant, name);
CREATE INDEX mediator_login ON mediator (tenant, subject, issuer) WHERE subject <> '';

-- Whoever has gone may come back and is registered again; until then a person and a login stand here once in a tenant.
CREATE UNIQUE INDEX mediator_person ON mediator (tenant, person) WHERE status IN ('active', 'suspended');
CREATE UNIQUE INDEX mediator_account ON mediator (tenant, subject, issuer) WHERE subject <> '' AND status IN ('active', 'suspended');

-- A place in an organisation of the same tenant or of the county desk. Full-time service is possible in one organisation
-- at a time over the whole county: every person has a stretch of 2^17 days from 1900 on one line of numbers, at the place
-- that the first 46 bits of the blind index give, and no two full-time postings may share a day there. The constraint sees
-- every row, whatever a tenant may see.
CREATE TABLE posting (
    tenant       text COLLATE "C" NOT NULL,
    id           uuid NOT NULL,
    mediator     uuid NOT NULL,
    host         text COLLATE "C" NOT NULL, -- the organisation's tenant
    organisation uuid NOT NULL,
    engagement   text COLLATE "C" NOT NULL CHECK (engagement IN ('full-time', 'part-time')),
    from_on      date NOT NULL CHECK (from_on >= '1900-01-01' AND from_on < '2250-01-01'),
    to_on        date CHECK (to_on >= from_on),
    stretch      bigint CHECK (stretch >= 0 AND stretch < 70368744177664), -- NULL: no number is known
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, mediator) REFERENCES mediator (tenant, id),
    FOREIGN KEY (host, organisation) REFERENCES organisation (tenant, id),
    CONSTRAINT posting_full_time_once EXCLUDE USING gist (
        int8range(stretch * 131072 + (from_on - date '1900-01-01'),
                  stretch * 131072 + (LEAST(COALESCE(to_on, date '2250-01-01'), date '2250-01-01') - date '1900-01-01') + 1) WITH &&
    ) WHERE (engagement = 'full-time' AND stretch IS NOT NULL)
);

CREATE INDEX posting_mediator ON posting (tenant, mediator);
CREATE INDEX posting_organisation ON posting (host, organisation);

CREATE TABLE legal_adviser (
    tenant        text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    id            uuid NOT NULL,
    version       bigint NOT NULL,
    status        text COLLATE "C" NOT NULL,
    masked_name   text NOT NULL,
    villages      text[] NOT NULL,
    contract_from date NOT NULL,
    contract_to   date NOT NULL,
    visits        integer NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    details       bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX legal_adviser_created ON legal_adviser (tenant, created_at, id);
CREATE INDEX legal_adviser_updated ON legal_adviser (tenant, updated_at, id);

-- Append-only: nobody but the owner has UPDATE or DELETE. One entry per version of a record.
CREATE TABLE registry_journal (
    tenant        text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    id            uuid NOT NULL,
    object        uuid NOT NULL, -- the organisation, mediator or adviser
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    verb          text COLLATE "C" NOT NULL,
    version       bigint NOT NULL,
    detail        bytea NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, object, version)
);

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE mediator ENABLE ROW LEVEL SECURITY;
ALTER TABLE posting ENABLE ROW LEVEL SECURITY;
ALTER TABLE legal_adviser ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry_journal ENABLE ROW LEVEL SECURITY;
