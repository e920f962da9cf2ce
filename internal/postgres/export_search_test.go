package postgres

// RunsOf lets tests speak of words without the index.
var RunsOf = runsOf

// MaximumHits is where a search begins to walk.
const MaximumHits = maximumHits
