-- What people are told, and how it reached them. Rows are added beside what is there.

-- One row for each person who is told. A mediator without a login is known by the registry's id alone.
CREATE TABLE notice (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES cases (id),
    kind        text COLLATE "C" NOT NULL,
    urgency     text COLLATE "C" NOT NULL CHECK (urgency IN ('normal', 'urgent')),
    issuer      text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    registry_id text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    read_at     timestamptz,
    spread      boolean NOT NULL DEFAULT false, -- its deliveries were written, one for each channel that takes it
    text        bytea NOT NULL,                 -- JSON, sealed
    CHECK ((issuer <> '' AND subject <> '') OR registry_id <> '')
);

CREATE INDEX notice_inbox ON notice (subject, issuer, at DESC, id DESC);
CREATE INDEX notice_unread ON notice (subject, issuer, at DESC, id DESC) WHERE read_at IS NULL;
CREATE INDEX notice_fresh ON notice (at, id) WHERE NOT spread;

-- One row for each channel on which a notice leaves the house. While it is being sent, next_at is when it would be tried
-- again if the sender were lost.
CREATE TABLE delivery (
    notice_id  uuid NOT NULL REFERENCES notice (id),
    channel    text COLLATE "C" NOT NULL,
    urgency    text COLLATE "C" NOT NULL,
    state      text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'failed', 'sent', 'dead')),
    attempts   integer NOT NULL DEFAULT 0,
    next_at    timestamptz, -- NULL: never again
    last_error text COLLATE "C" NOT NULL DEFAULT '', -- a code and a status, nothing personal
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, channel),
    CHECK ((state IN ('pending', 'failed')) = (next_at IS NOT NULL))
);

CREATE INDEX delivery_due ON delivery (urgency DESC, next_at) WHERE next_at IS NOT NULL;
