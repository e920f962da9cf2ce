package postgres

import (
	"encoding/json"
	"errors"
	"fmt"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// sealer seals and opens the texts of one row. It remembers the first failure, so that a row is filled in one go and
// asked about once.
type sealer struct {
	codec  *seal.Codec
	tenant string
	table  string
	row    mediation.ID
	err    error
}

func (s *sealer) place(column string) seal.AAD {
	return seal.AAD{Tenant: s.tenant, Table: s.table, Column: column, Row: string(s.row)}
}

func (s *sealer) seal(column, text string) []byte {
	if s.err != nil {
		return nil
	}
	box, err := s.codec.Seal([]byte(text), s.place(column))
	if errors.Is(err, seal.ErrShredded) {
		err = shredded()
	}
	s.err = err
	return box
}

func (s *sealer) open(column string, box []byte) string {
	return string(s.openBytes(column, box))
}

func (s *sealer) openBytes(column string, box []byte) []byte {
	if s.err != nil {
		return nil
	}
	plain, err := s.codec.Open(box, s.place(column))
	if errors.Is(err, seal.ErrShredded) {
		return []byte(destroyed)
	}
	if err != nil {
		s.err = fmt.Errorf("open %s.%s of row %s: %w", s.table, column, s.row, err)
	}
	return plain
}

func (s *sealer) sealJSON(column string, value any) []byte {
	text, err := json.Marshal(value)
	if s.err == nil {
		s.err = err
	}
	return s.seal(column, string(text))
}

func (s *sealer) openJSON(column string, box []byte, value any) {
	text := s.openBytes(column, box)
	if s.err == nil && !s.codec.Shredded() { // what was destroyed stays empty
		s.err = json.Unmarshal(text, value)
	}
}
