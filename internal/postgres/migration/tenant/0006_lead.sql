-- Leads, screening rounds and batches of leads. Nothing that is there changes: a tenant of an earlier version has no
-- leads, and its cases get their party keys from the batch that follows the row 'party-key' of backfill.

-- One sweep over the grids. Title, campaign and summary are sealed.
CREATE TABLE screening_round (
    id         uuid PRIMARY KEY,
    version    bigint NOT NULL,
    state      text COLLATE "C" NOT NULL,
    first_day  date NOT NULL,
    last_day   date NOT NULL,
    rhythm     text COLLATE "C" NOT NULL,
    details    bytea NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    closed_at  timestamptz
);

CREATE INDEX screening_round_started ON screening_round (started_at DESC, id DESC);

-- The plan's grids; a changed plan replaces them. Names of grids and their workers are sealed.
CREATE TABLE round_grid (
    round_id uuid NOT NULL REFERENCES screening_round (id),
    grid     text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    details  bytea NOT NULL,
    PRIMARY KEY (round_id, grid)
);

CREATE INDEX round_grid_grid ON round_grid (grid, round_id);

-- Append-only, as every journal. One entry per version of a round.
CREATE TABLE round_journal (
    id            uuid PRIMARY KEY,
    round_id      uuid NOT NULL REFERENCES screening_round (id),
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
    UNIQUE (round_id, version)
);

-- Append-only: a grid was looked at and nothing was found. One per round, grid and period.
CREATE TABLE zero_report (
    id            uuid PRIMARY KEY,
    round_id      uuid NOT NULL REFERENCES screening_round (id),
    grid          text COLLATE "C" NOT NULL,
    day           date NOT NULL,
    period        date NOT NULL,
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    actor_unit    text NOT NULL,
    actor_roles   text[] NOT NULL,
    detail        bytea NOT NULL, -- the actor's name and the note
    UNIQUE (round_id, grid, period)
);

CREATE INDEX zero_report_at ON zero_report (round_id, at DESC, id DESC);

-- Batches of leads as they were sent: the record that a file was taken in, or why not. Append-only.
CREATE TABLE lead_import (
    id            uuid PRIMARY KEY,
    digest        bytea NOT NULL, -- keyed, of the file's bytes
    state         text COLLATE "C" NOT NULL,
    mode          text COLLATE "C" NOT NULL,
    format        text COLLATE "C" NOT NULL,
    round_id      uuid REFERENCES screening_round (id),
    total         integer NOT NULL,
    accepted      integer NOT NULL,
    rejected      integer NOT NULL,
    flagged       integer NOT NULL,
    at            timestamptz NOT NULL,
    actor_issuer  text NOT NULL CHECK (actor_issuer <> ''),
    actor_subject text NOT NULL CHECK (actor_subject <> ''),
    actor_unit    text NOT NULL,
    actor_roles   text[] NOT NULL,
    detail        bytea NOT NULL -- the actor's name
);

-- One file becomes leads once.
CREATE UNIQUE INDEX lead_import_digest ON lead_import (digest) WHERE state = 'imported';
CREATE INDEX lead_import_at ON lead_import (at DESC, id DESC);

-- What must be put right in a batch: its rows and their errors, sealed. Deleted after thirty days.
CREATE TABLE lead_import_sheet (
    import_id uuid PRIMARY KEY REFERENCES lead_import (id),
    at        timestamptz NOT NULL,
    details   bytea NOT NULL
);

CREATE INDEX lead_import_sheet_at ON lead_import_sheet (at);

CREATE TABLE lead (
    id              uuid PRIMARY KEY,
    version         bigint NOT NULL,
    state           text COLLATE "C" NOT NULL,
    serial          text COLLATE "C" NOT NULL UNIQUE,
    source          text COLLATE "C" NOT NULL,
    type            text COLLATE "C" NOT NULL, -- '' when it is not clear yet
    place_code      text COLLATE "C" NOT NULL,
    grid            text COLLATE "C" NOT NULL,
    round_id        uuid REFERENCES screening_round (id),
    case_id         uuid REFERENCES cases (id), -- that it became or joined
    found_at        timestamptz NOT NULL,
    occurred_on     date,
    people          integer NOT NULL,
    tags            text[] NOT NULL,
    closing_reason  text COLLATE "C",
    reported_at     timestamptz NOT NULL,
    reported_by     text COLLATE "C" NOT NULL,
    reporter_issuer text COLLATE "C" NOT NULL,
    updated_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    place_key       bytea, -- keyed digest of the place in words
    point_key       bytea, -- keyed digest of the point's cell
    import_id       uuid REFERENCES lead_import (id),
    row_key         bytea, -- keyed digest of the row that it came from
    details         bytea NOT NULL -- cause, place, point, reporter, parties, closing, sealed
);

CREATE INDEX lead_found ON lead (found_at DESC, id DESC);
CREATE INDEX lead_updated ON lead (updated_at, id);
CREATE INDEX lead_round ON lead (round_id, found_at DESC, id DESC) WHERE round_id IS NOT NULL;
CREATE INDEX lead_case ON lead (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX lead_reporter ON lead (reported_by, reporter_issuer, found_at DESC, id DESC);
CREATE INDEX lead_place ON lead (place_key, found_at) WHERE place_key IS NOT NULL;
CREATE INDEX lead_point ON lead (point_key, found_at) WHERE point_key IS NOT NULL;
CREATE UNIQUE INDEX lead_row ON lead (row_key) WHERE row_key IS NOT NULL;

CREATE TABLE lead_journal (
    id            uuid PRIMARY KEY,
    lead_id       uuid NOT NULL REFERENCES lead (id),
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
    UNIQUE (lead_id, version)
);

-- Keyed digests of what parties of leads and of cases can be found by: identity numbers, phones, names.
CREATE TABLE party_key (
    key   bytea NOT NULL,
    kind  text COLLATE "C" NOT NULL CHECK (kind IN ('lead', 'case')),
    owner uuid NOT NULL,
    PRIMARY KEY (key, kind, owner)
);

CREATE INDEX party_key_owner ON party_key (owner);

-- How far a batch over older rows has come: ids up to this one are done. No row: it has not begun.
CREATE TABLE backfill (
    name  text PRIMARY KEY,
    after uuid NOT NULL
);
