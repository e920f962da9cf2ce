-- Who is a party where, without a name: the digest of an identity number under the county's key. It tells the county that one
-- person quarrels in several towns, and nothing else.
CREATE TABLE party_index (
    tenant text COLLATE "C" NOT NULL,
    kind   text COLLATE "C" NOT NULL CHECK (kind IN ('case', 'lead')),
    owner  uuid NOT NULL,
    person bytea NOT NULL,
    at     timestamptz NOT NULL, -- when the case was filed or the lead reported
    PRIMARY KEY (tenant, kind, owner, person)
);

CREATE INDEX party_index_person ON party_index (person, tenant);
