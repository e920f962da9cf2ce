package mediation

// PermissionRows are the rows of the matrix as they are written.
func PermissionRows() []string {
	rows := make([]string, 0, len(permissions))
	for _, row := range permissions {
		rows = append(rows, row.May)
	}
	return rows
}
