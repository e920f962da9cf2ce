-- The life of a case after its filing. Nothing here changes a row that is there: a case of version 1 has no records, no
-- mediators and no clocks, and NULL in each new column says so. What a release of version 1 still writes meanwhile is sound.

-- One entry of what belongs to a case: a meeting, a danger, the agreement, a paper. Entries are added and changed, never
-- removed, so nobody but the owner has DELETE. Entries of a list count from 1; what a case has once stands at 1.
CREATE TABLE record (
    case_id  uuid NOT NULL REFERENCES cases (id),
    kind     text COLLATE "C" NOT NULL,
    position integer NOT NULL CHECK (position >= 1),
    id       uuid,                 -- what the entry points at, where that has an id: the other case of a link
    at       timestamptz NOT NULL, -- of the change that wrote it last
    details  bytea NOT NULL,       -- JSON, sealed
    PRIMARY KEY (case_id, kind, position)
);

-- What lists and statistics ask for without opening a record.
ALTER TABLE cases
    ADD COLUMN agreed_amount  bigint, -- fen
    ADD COLUMN agreement_form text COLLATE "C",
    ADD COLUMN first_volume   uuid, -- the case with which a reopened dispute began; NULL: this one
    ADD COLUMN volume         text COLLATE "C"; -- number of the bound file

CREATE INDEX cases_first_volume ON cases (first_volume) WHERE first_volume IS NOT NULL;

-- Who mediates, and who did. Names stand in the record; here are only the keys by which lists are filtered.
CREATE TABLE mediator (
    case_id     uuid NOT NULL REFERENCES cases (id),
    subject     text COLLATE "C" NOT NULL, -- '' for somebody who has no login
    issuer      text COLLATE "C" NOT NULL,
    registry_id text COLLATE "C" NOT NULL, -- '' for somebody who is known by login alone
    host        boolean NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz, -- NULL: still does
    PRIMARY KEY (case_id, subject, issuer, registry_id, since)
);

CREATE INDEX mediator_now ON mediator (subject, issuer, case_id) WHERE until IS NULL;

-- When something is due. A paused clock has no due moment; a finished one keeps the last it had.
CREATE TABLE clock (
    case_id uuid NOT NULL REFERENCES cases (id),
    rule    text COLLATE "C" NOT NULL,
    started timestamptz NOT NULL,
    due     timestamptz,
    state   text COLLATE "C" NOT NULL CHECK (state IN ('open', 'paused', 'done')),
    PRIMARY KEY (case_id, rule, started),
    CHECK (state <> 'open' OR due IS NOT NULL)
);

CREATE INDEX clock_due ON clock (due, case_id, rule, started) WHERE state = 'open';
