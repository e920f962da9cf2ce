-- When each clock has to be raised and when it was, and by which rules and calendar a case's clocks were computed. Clocks
-- and cases that are here have NULL in each new column: the worker computes them anew and fills them in.

ALTER TABLE clock
    ADD COLUMN warn               timestamptz, -- when it becomes due soon; NULL: it is raised when it is due
    ADD COLUMN raised_due         timestamptz, -- the due moment for which it was raised; for another one it is raised again
    ADD COLUMN raised_due_soon_at timestamptz,
    ADD COLUMN raised_overdue_at  timestamptz;

-- The next moment at which something has to be said of it.
ALTER TABLE clock ADD COLUMN raise_at timestamptz GENERATED ALWAYS AS (
    CASE
        WHEN state <> 'open' THEN NULL
        WHEN raised_due IS DISTINCT FROM due THEN LEAST(warn, due)
        WHEN raised_overdue_at IS NOT NULL THEN NULL
        ELSE due
    END
) STORED;

CREATE INDEX clock_raise ON clock (raise_at, case_id, rule, started) WHERE raise_at IS NOT NULL;

ALTER TABLE cases ADD COLUMN clock_edition text COLLATE "C"; -- NULL: never computed

CREATE INDEX cases_clock_edition ON cases (clock_edition, id) WHERE state <> 'archived';
