-- The running clocks of all tenants: codes and moments only. A row is written by the statement that writes the tenant's
-- own clock, and goes when that clock stands still or is done.
CREATE TABLE clock (
    tenant   text COLLATE "C" NOT NULL CHECK (tenant ~ '^[0-9]{9}$'),
    case_id  uuid NOT NULL,
    rule     text COLLATE "C" NOT NULL,
    started  timestamptz NOT NULL,
    due      timestamptz NOT NULL,
    warn     timestamptz,
    raise_at timestamptz,
    PRIMARY KEY (tenant, case_id, rule, started)
);

CREATE INDEX clock_due ON clock (due, case_id, rule, started);
CREATE INDEX clock_raise ON clock (raise_at, tenant) WHERE raise_at IS NOT NULL;

ALTER TABLE clock ENABLE ROW LEVEL SECURITY;

-- Of an event about a clock, the clock's rule.
ALTER TABLE event ADD COLUMN rule text COLLATE "C";
