-- What cases are found by: keyed words (internal/postgres/lexeme.go), never text. Nothing here changes a row that is there:
-- cases without search_edition are indexed afterwards, in batches, by whoever searches first and by the worker. What a
-- release of an older version files meanwhile is found among them.

-- The row stays narrow, because a search for a common word passes thousands of them: the vector lies outside. It is
-- replaced only when a text of its case changes; filed_at never changes.
CREATE TABLE case_search (
    case_id  uuid PRIMARY KEY REFERENCES cases (id),
    filed_at timestamptz NOT NULL,
    recused  text[] COLLATE "C", -- keys of the people who may not open the case; NULL: nobody
    search   tsvector NOT NULL
) WITH (toast_tuple_target = 128);

ALTER TABLE case_search ALTER search SET STORAGE EXTERNAL;

CREATE INDEX case_search_words ON case_search USING gin (search) WITH (fastupdate = off);
CREATE INDEX case_search_filed ON case_search (filed_at DESC, case_id DESC);

-- How the case was turned into words; NULL: not yet.
ALTER TABLE cases ADD COLUMN search_edition smallint;

CREATE INDEX cases_unindexed ON cases (id) WHERE search_edition IS NULL;
