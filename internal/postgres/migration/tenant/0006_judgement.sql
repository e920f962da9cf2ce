-- What kind of dispute a case is: difficulty, colour of risk, classes of comprehensive governance, whether an enterprise is
-- concerned. How each came about stands in the records; here is what lists are filtered by. NULL: not judged yet, as every
-- case of an earlier version and every one that an earlier release still writes.
ALTER TABLE cases
    ADD COLUMN difficulty       text COLLATE "C",
    ADD COLUMN risk             text COLLATE "C",
    ADD COLUMN governance_types text[], -- the main one first
    ADD COLUMN enterprise       boolean;

CREATE INDEX cases_risk ON cases (risk, filed_at DESC, id DESC) WHERE risk IS NOT NULL;
