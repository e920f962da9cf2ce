package main

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// remembered makes each lexeme once: a million cases have fewer words than one thinks.
func remembered(lexer *seal.Lexer) func(class byte, words ...string) string {
	known := map[string]string{}
	return func(class byte, words ...string) string {
		key := string(class) + strings.Join(words, "\x00")
		lexeme, ok := known[key]
		if !ok {
			lexeme = lexer.Lexeme(class, words...)
			known[key] = lexeme
		}
		return lexeme
	}
}

func (l *loader) exec(sql string) {
	_, err := l.conn.Exec(l.o.h.ctx, sql)
	l.o.h.must(err)
}

// withoutIndex lets rows in faster; withIndex builds the index in one go, as the migration declares it.
func (l *loader) withoutIndex() {
	l.exec(`DROP INDEX case_search_words`)
	l.exec(`CREATE TEMP TABLE words (case_id uuid, search text)`)
}

func (l *loader) withIndex() {
	l.exec(`SET maintenance_work_mem = '1GB'`)
	l.exec(`SET ROLE o` + l.o.town)
	l.exec(`CREATE INDEX case_search_words ON case_search USING gin (search) WITH (fastupdate = off)`)
	l.exec(`RESET ROLE`)
}

// index writes what the cases are found by, as the product's own statements would have.
func (l *loader) index(from, to int) {
	next := from
	_, err := l.conn.CopyFrom(l.o.h.ctx, pgx.Identifier{"words"}, []string{"case_id", "search"}, pgx.CopyFromFunc(func() ([]any, error) {
		if next == to {
			return nil, nil
		}
		next++
		return []any{caseID(next - 1), postgres.SearchVector(l.lexeme, l.texts(next-1))}, nil
	}))
	l.o.h.must(err)
	l.exec(`INSERT INTO case_search (case_id, filed_at, search) SELECT w.case_id, c.filed_at, w.search::tsvector FROM words w JOIN cases c ON c.id = w.case_id`)
	l.exec(`TRUNCATE words`)
}
