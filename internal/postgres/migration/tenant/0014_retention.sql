-- Old notices and deliveries are removed: what was read, and what has been delivered or given up. Nothing is moved.

CREATE INDEX notice_old ON notice (read_at) WHERE read_at IS NOT NULL;
CREATE INDEX delivery_old ON delivery (updated_at) WHERE next_at IS NULL;
