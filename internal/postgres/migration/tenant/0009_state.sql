-- Lists by state, searched or not: the open cases of a town lie far apart among those that ended, and a list that looks for
-- them along the moment of filing reads all others first.
CREATE INDEX cases_state ON cases (state, filed_at DESC, id DESC);
