-- In which counties somebody has a membership, so that "where may I work" asks those alone. It may name a county too many,
-- never for long one too few: whoever adds a member writes here first, and the worker compares each county in every round.
-- who is the SHA-256 of issuer, a zero byte and subject; nobody is named here.
CREATE TABLE subject (
    who    bytea NOT NULL CHECK (length(who) = 32),
    county text COLLATE "C" NOT NULL REFERENCES county (code) ON DELETE CASCADE,
    issuer text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (who, county)
);

CREATE INDEX subject_county ON subject (county);

-- When a county's members were last compared. One that was not for long is asked whoever asks.
CREATE TABLE subject_sweep (
    county text COLLATE "C" PRIMARY KEY REFERENCES county (code) ON DELETE CASCADE,
    at     timestamptz NOT NULL
);
