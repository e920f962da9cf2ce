-- What provinces publish: immutable documents, which the operator copies to every county of the province.
CREATE TABLE reference (
    unit       text COLLATE "C" NOT NULL CHECK (unit ~ '^[0-9]{2}$'),
    kind       text COLLATE "C" NOT NULL,
    version    text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0),
    valid_from date NOT NULL,
    digest     text NOT NULL,
    body       text NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (unit, kind, version),
    UNIQUE (unit, kind, revision)
);
