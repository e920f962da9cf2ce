-- A search for a common word passes ten thousand rows of case_search to count them. With its vector inside a row has about
-- 1,600 bytes, with the vector outside 110; but PostgreSQL moves a value out only when the row has more than 2,000 bytes.
-- The filler brings every row there; it is compressed to some 30 bytes. Rows that are there stay as they are until their
-- case changes. Measured at a million cases: hack/bench/README.md.
ALTER TABLE case_search ADD COLUMN filler text NOT NULL DEFAULT repeat(' ', 2100);
