package mediation

import "time"

// SortCreated and what follows are orders of lists other than those of cases.
const SortCreated = "created_at"

// Paging is how such a list is ordered and cut. Both orders begin with the oldest, so that new rows come at the end.
type Paging struct {
	UpdatedAfter *time.Time // exclusive
	Sort         string     // SortCreated (default) or SortUpdated
	After        *Position  // continue behind this place
	Limit        int        // 1 to MaximumLimit; 0 is DefaultLimit
}

// Checked fills defaults, or is Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (p Paging) Checked() (Paging, error) {
	var check checker
	switch p.Sort {
	case "":
		p.Sort = SortCreated
	case SortCreated, SortUpdated:
	default:
		check.fail("/sort", "unknown-code", "Sort by created_at or updated_at.", "排序方式只能是 created_at 或 updated_at。")
	}
	p.Limit = check.limit(p.Limit)
	return p, check.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}
