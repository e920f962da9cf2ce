-- Published documents: calendars, clocks, type mappings, grade and risk rules, numbering. A row is never changed; it
-- names who published it, and is its own journal. Rows of the province are copied from the directory by the operator.
CREATE TABLE reference (
    unit       text COLLATE "C" NOT NULL CHECK (unit ~ '^([0-9]{2}|[0-9]{6}|[0-9]{9})$'),
    kind       text COLLATE "C" NOT NULL,
    version    text COLLATE "C" NOT NULL,
    layer      text GENERATED ALWAYS AS (CASE length(unit) WHEN 2 THEN 'province' WHEN 6 THEN 'county' ELSE 'town' END) STORED,
    revision   bigint NOT NULL CHECK (revision > 0),
    valid_from date NOT NULL,
    digest     text NOT NULL,
    body       text NOT NULL,
    issuer     text NOT NULL DEFAULT '',
    subject    text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (unit, kind, version),
    UNIQUE (unit, kind, revision)
);

ALTER TABLE reference ENABLE ROW LEVEL SECURITY;
