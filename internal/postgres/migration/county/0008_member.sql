-- Members may be programs, have a term, and be shut out without losing their row. What the release before still writes is
-- a person without a term.
ALTER TABLE member
    ADD COLUMN kind       text COLLATE "C" NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
    ADD COLUMN valid_from date,
    ADD COLUMN valid_to   date,
    ADD COLUMN disabled   boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT member_term CHECK (valid_to >= valid_from);
