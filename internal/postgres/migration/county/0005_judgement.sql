-- The same codes as the case itself has; NULL: not judged yet.
ALTER TABLE case_index
    ADD COLUMN difficulty       text COLLATE "C",
    ADD COLUMN risk             text COLLATE "C",
    ADD COLUMN governance_types text[],
    ADD COLUMN enterprise       boolean;

CREATE INDEX case_index_risk ON case_index (risk, filed_at DESC, case_id DESC) WHERE risk IS NOT NULL;
