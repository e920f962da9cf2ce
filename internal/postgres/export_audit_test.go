package postgres

// SealedColumns gives the sealed columns of each journal of a unit, with their types.
func SealedColumns(unit string) map[string][]string {
	columns := map[string][]string{}
	for _, source := range journalSources(unit) {
		columns[source.table] = source.columns
	}
	return columns
}
