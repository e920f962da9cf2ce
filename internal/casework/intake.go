package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// LeadUpload is a batch of leads as it was sent.
type LeadUpload struct {
	Digest []byte // SHA-256 of the file
	Sheet  mediation.Sheet
	Round  mediation.ID // that all rows are reported to, or ""
	Mode   mediation.ImportMode
	DryRun bool // tell what would come of it, and import nothing
}

// ImportPage is one page of a list, newest first. Next is nil on the last.
type ImportPage struct {
	Imports []mediation.LeadImport
	Next    *Position
	Total   Total
}

// ImportStore reads batches of leads. What is not there is NotFound "unknown-import".
type ImportStore interface {
	FindImport(ctx context.Context, id mediation.ID) (mediation.LeadImport, error)
	// ImportSheet is what is to be put right; empty when nothing is, or when it was kept for long enough.
	ImportSheet(ctx context.Context, id mediation.ID) (mediation.ImportSheet, error)
	ListImports(ctx context.Context, after *Position, limit int) (ImportPage, error)
}

// ImportTx stores batches of leads.
type ImportTx interface {
	// FindImported is the batch that was imported from a file with this digest, nil when there was none; it waits for those
	// who are importing the same file.
	FindImported(ctx context.Context, digest []byte) (*mediation.LeadImport, error)
	// KnownRows tells which of the rows have become leads before, by their place in rows.
	KnownRows(ctx context.Context, rows []string) (map[int]bool, error)
	// CreateImport stores the batch's record, what is to be put right (when there is something), and drops old ones.
	CreateImport(ctx context.Context, digest []byte, batch mediation.LeadImport, rest mediation.ImportSheet) error
}

// ImportLeads reports all leads of a sheet, or the good ones, in one transaction; the record says what became of it and is
// kept for a refused batch too. A file that was imported before is Conflict "file-imported", a row that was is a problem
// of that row.
func (s *Service) ImportLeads(ctx context.Context, r Request, upload LeadUpload) (mediation.LeadImport, Receipt, error) {
	if err := s.permit(r, mediation.ActionLeadImport); err != nil {
		return mediation.LeadImport{}, Receipt{}, err
	}
	var imported mediation.LeadImport
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		batch, err := s.importBatch(ctx, tx, r, upload)
		imported = batch
		return Receipt{ID: string(batch.ID), Version: 1, Created: true}, err
	})
	if err == nil && receipt.Replayed {
		imported, err = s.store.FindImport(ctx, mediation.ID(receipt.ID))
	}
	return imported, receipt, err
}

func (s *Service) importBatch(ctx context.Context, tx Tx, r Request, upload LeadUpload) (mediation.LeadImport, error) {
	if err := notImported(ctx, tx, upload.Digest); err != nil {
		return mediation.LeadImport{}, err
	}
	var round *mediation.ScreeningRound
	if upload.Round != "" {
		held, err := tx.HoldRound(ctx, upload.Round, mediation.SheetGrids(upload.Sheet))
		if err != nil {
			return mediation.LeadImport{}, unknownAt("/round", err)
		}
		round = &held
	}
	act := s.act(r)
	read, err := mediation.ReadLeads(upload.Sheet, round, act)
	if err != nil {
		return mediation.LeadImport{}, err
	}
	if read, err = withoutKnown(ctx, tx, read); err != nil {
		return mediation.LeadImport{}, err
	}
	state := read.Decide(upload.Mode, upload.DryRun)
	batch := mediation.LeadImport{
		ID: s.newID(), State: state, Mode: upload.Mode, Format: upload.Sheet.Format, Round: upload.Round, Total: read.Total,
		Accepted: len(read.Good), Rejected: read.Rejected(), Flagged: read.Flagged(), At: act.At, Actor: r.Actor,
	}
	if state == mediation.ImportRefused {
		batch.Accepted = 0
	}
	if err := tx.CreateImport(ctx, upload.Digest, batch, read.ToCorrect(upload.Sheet, state, upload.Mode)); err != nil {
		return mediation.LeadImport{}, err
	}
	if state != mediation.ImportDone {
		return batch, nil
	}
	return batch, s.reportBatch(ctx, tx, batch.ID, read.Good, round, act)
}

// notImported tells somebody who sends a file twice when it was imported.
func notImported(ctx context.Context, tx Tx, digest []byte) error {
	before, err := tx.FindImported(ctx, digest)
	if err != nil || before == nil {
		return err
	}
	at := before.At.Format("2006-01-02 15:04")
	return mediation.Fail(mediation.Conflict, "file-imported",
		"This file was imported on "+at+" as batch "+string(before.ID)+": its leads are there.", "该文件已于 "+at+" 导入（批次 "+string(before.ID)+"），线索已在库中。")
}

// withoutKnown takes out the rows that have become leads before.
func withoutKnown(ctx context.Context, tx Tx, read mediation.LeadBatch) (mediation.LeadBatch, error) {
	texts := make([]string, 0, len(read.Good))
	for _, row := range read.Good {
		texts = append(texts, row.Text)
	}
	known, err := tx.KnownRows(ctx, texts)
	if err != nil || len(known) == 0 {
		return read, err
	}
	var fresh []mediation.LeadRow
	for i, row := range read.Good {
		if !known[i] {
			fresh = append(fresh, row)
			continue
		}
		read.Problems = append(read.Problems, mediation.RowProblem{Row: row.Row, Code: "row-imported",
			Message: "A row that says the same was imported before.", MessageZH: "内容相同的行此前已导入。"})
	}
	read.Good = fresh
	return read, nil
}

// reportBatch reports the rows one by one by the rules, and stores them together.
func (s *Service) reportBatch(ctx context.Context, tx Tx, id mediation.ID, rows []mediation.LeadRow, round *mediation.ScreeningRound, act mediation.Act) error {
	year := mediation.LegalYear(act.At)
	first, err := tx.NextSerials(ctx, SeriesLead, year, len(rows))
	if err != nil {
		return err
	}
	reports := make([]NewLead, 0, len(rows))
	for i, row := range rows {
		register := mediation.LeadRegister{Tenant: s.store.Unit(), Serial: mediation.LeadSerial(s.store.Unit(), year, first+i)}
		l, entry, err := mediation.Report(row.Form, round, register, act)
		if err != nil {
			return err
		}
		reports = append(reports, NewLead{Lead: l, Entry: entry, From: LeadOrigin{Import: id, Row: row.Text}})
	}
	return tx.CreateLeads(ctx, reports)
}

// LeadImport reads the record of a batch.
func (s *Service) LeadImport(ctx context.Context, r Request, id mediation.ID) (mediation.LeadImport, error) {
	if err := s.permit(r, mediation.ActionLeadImportRead); err != nil {
		return mediation.LeadImport{}, err
	}
	return s.store.FindImport(ctx, id)
}

// LeadImports lists the batches that were sent, newest first. limit 0 is the default.
func (s *Service) LeadImports(ctx context.Context, r Request, after *Position, limit int) (ImportPage, error) {
	if err := s.permit(r, mediation.ActionLeadImportList); err != nil {
		return ImportPage{}, err
	}
	limit, err := mediation.CheckedLimit(limit)
	if err != nil {
		return ImportPage{}, err
	}
	return s.store.ListImports(ctx, after, limit)
}

// LeadImportErrors is what of a batch is to be put right, with its record. That it was taken out is recorded.
func (s *Service) LeadImportErrors(ctx context.Context, r Request, id mediation.ID) (mediation.LeadImport, mediation.ImportSheet, error) {
	if err := s.permit(r, mediation.ActionLeadImportErrors); err != nil {
		return mediation.LeadImport{}, mediation.ImportSheet{}, err
	}
	batch, err := s.store.FindImport(ctx, id)
	if err != nil {
		return batch, mediation.ImportSheet{}, err
	}
	rest, err := s.store.ImportSheet(ctx, id)
	if err != nil {
		return batch, rest, err
	}
	return batch, rest, s.store.RecordAudit(ctx, s.audited(r, mediation.ActionLeadImportErrors, mediation.AuditObject{Kind: "lead-import", ID: string(id)}))
}

// LeadTemplate gives the columns of an empty sheet of leads.
func (s *Service) LeadTemplate(r Request) ([]mediation.TemplateColumn, error) {
	if err := s.permit(r, mediation.ActionLeadTemplate); err != nil {
		return nil, err
	}
	return mediation.LeadTemplate(), nil
}
