-- Where each county and tenant lives. Codes and names are public; no secret stands here.
CREATE TABLE installation (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id         uuid NOT NULL,
    key_id     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE county (
    code           text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'),
    name           text NOT NULL,
    host           text NOT NULL,
    port           integer NOT NULL,
    database       text NOT NULL,
    sslmode        text NOT NULL,
    ca             text NOT NULL DEFAULT '',
    state          text NOT NULL CHECK (state IN ('active', 'suspended')),
    schema_version integer NOT NULL DEFAULT 0,
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenant (
    code             text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[0-9]{9}$'),
    county           text COLLATE "C" NOT NULL REFERENCES county (code) ON DELETE CASCADE,
    name             text NOT NULL,
    kind             text NOT NULL,
    mode             text NOT NULL CHECK (mode IN ('Dedicated', 'Shared')),
    state            text NOT NULL CHECK (state IN ('active', 'suspended')),
    schema_version   integer NOT NULL DEFAULT 0,
    open_cases_quota integer NOT NULL DEFAULT 0,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX tenant_county ON tenant (county, code);
