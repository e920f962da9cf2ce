-- Entries are sealed in the order of (xid, source, id), up to the oldest transaction that still runs: what was committed
-- before is final, so nobody has to wait for the sealer, nor it for them. Entries that are here get this migration's number
-- and are sealed first.
ALTER TABLE journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE lead_journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE round_journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE INDEX journal_sealing ON journal (xid, id);
CREATE INDEX lead_journal_sealing ON lead_journal (xid, id);
CREATE INDEX round_journal_sealing ON round_journal (xid, id);
CREATE INDEX audit_sealing ON audit (xid, id);
