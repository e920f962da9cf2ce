-- Limits of a tenant beside its open cases; 0 means none.
ALTER TABLE tenant
    ADD COLUMN storage_quota     bigint NOT NULL DEFAULT 0, -- bytes of all attachments
    ADD COLUMN attachments_quota integer NOT NULL DEFAULT 0, -- attachments of one case
    ADD COLUMN requests_quota    integer NOT NULL DEFAULT 0; -- requests a minute at each instance
