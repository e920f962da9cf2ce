package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/pgtest"
)

// A county of sixty towns with forty thousand mediators: what a town asks is found by its index, and full-time days are
// kept apart by theirs.
func TestPlan_registryUsesTheIndex(t *testing.T) {
	t.Parallel()
	f := pgtest.County(t, "石庙镇", "孙武镇")
	one, two := f.Towns[1], f.Towns[2]
	pgtest.Exec(t, f.AsSuperuser(), strings.ReplaceAll(`
		INSERT INTO county.organisation SELECT 'CODE' || lpad((101 + i)::text, 3, '0'), ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 1, 'town', 'active',
			'某镇人民调解委员会', '', '{}', '{}', NULL, false, false, NULL, now(), now(), '' FROM generate_series(0, 59) i;
		INSERT INTO county.mediator SELECT 'CODE' || lpad((101 + i % 60)::text, 3, '0'), ('00000000-0000-7000-9000-' || lpad(i::text, 12, '0'))::uuid, 1, 'active',
			'孙*', decode(lpad(to_hex(i), 8, '0'), 'hex'), decode(lpad(to_hex(i), 8, '0'), 'hex'), 'i', 's' || i, '{}', NULL, false, false, false, NULL,
			now() + i * interval '1 second', now(), '' FROM generate_series(1, 40000) i;
		INSERT INTO county.posting SELECT m.tenant, m.id, m.id, o.tenant, o.id, 'full-time', '2020-01-01', NULL, substr(m.subject, 2)::bigint
			FROM county.mediator m JOIN county.organisation o ON o.tenant = m.tenant;
		ANALYZE county.mediator; ANALYZE county.posting; ANALYZE county.organisation`, "CODE", f.Code))
	conn := pgtest.Connect(t, f.AsSlot(one))
	defer func() { _ = conn.Close(context.Background()) }()
	for reason, query := range map[string]string{
		"whose login it is":       `SELECT id FROM county.mediator r WHERE r.tenant = '` + one + `' AND r.subject = 's60' AND r.issuer = 'i' AND r.subject <> ''`,
		"a page of mediators":     `SELECT id FROM county.mediator r WHERE r.tenant = '` + one + `' ORDER BY r.created_at, r.id LIMIT 51`,
		"a whole name":            `SELECT id FROM county.mediator r WHERE r.tenant = '` + one + `' AND r.name = '\x01'`,
		"a mediator's postings":   `SELECT id FROM county.posting WHERE tenant = '` + one + `' AND mediator = '00000000-0000-7000-9000-000000000060'`,
		"a neighbour's mediators": `SELECT count(*) FROM county.mediator WHERE tenant = '` + two + `'`,
	} {
		rows, err := conn.Query(t.Context(), `EXPLAIN `+query)
		if err != nil {
			t.Fatal(err)
		}
		var plan string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan += line + "\n"
		}
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") {
			t.Errorf("%s: no index is used:\n%s", reason, plan)
		}
	}
	t.Run("the constraint sees rows that the town does not", func(t *testing.T) {
		var seen int
		const neighbour = `SELECT count(*) FROM county.posting WHERE stretch = 61`
		if err := conn.QueryRow(t.Context(), neighbour).Scan(&seen); err != nil || seen != 0 {
			t.Fatalf("the neighbour's posting is seen: %d %v", seen, err)
		}
		for days, want := range map[string]string{
			`'2026-01-01', NULL`: "23P01", `'2019-12-31', '2020-01-01'`: "23P01", `'2019-01-01', '2019-12-31'`: "",
		} {
			_, err := conn.Exec(t.Context(), `INSERT INTO county.posting SELECT '`+one+`', gen_random_uuid(), '00000000-0000-7000-9000-000000000060', '`+one+`',
				'00000000-0000-7000-8000-000000000000', 'full-time', `+days+`, 61`)
			var answer *pgconn.PgError
			if errors.As(err, &answer) != (want != "") || want != "" && (answer.Code != want || strings.Contains(answer.Detail, two)) {
				t.Errorf("%s: %v", days, err)
			}
		}
	})
}
