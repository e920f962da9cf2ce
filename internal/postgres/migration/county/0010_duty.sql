-- System, security and audit administrators hold one role and no other, in the whole county, however two people write at the
-- same moment. A membership covers a stretch of texts: an ordinary one the single text person + unit, one of the three all
-- texts of the person. Stretches that overlap exclude each other, so that ordinary memberships stand side by side and one of
-- the three stands alone. What the release before still writes obeys too.
CREATE TYPE stretch AS RANGE (subtype = text, collation = "C");

ALTER TABLE member
    ADD CONSTRAINT member_one_duty CHECK (cardinality(roles) < 2
        OR NOT roles && ARRAY['system-administrator', 'security-administrator', 'audit-administrator']),
    ADD COLUMN duty stretch NOT NULL GENERATED ALWAYS AS (CASE
        WHEN roles && ARRAY['system-administrator', 'security-administrator', 'audit-administrator']
            THEN stretch(issuer || E'\x01' || subject || E'\x01', issuer || E'\x01' || subject || E'\x02', '[)')
        ELSE stretch(issuer || E'\x01' || subject || E'\x01' || unit, issuer || E'\x01' || subject || E'\x01' || unit, '[]')
        END) STORED,
    ADD CONSTRAINT member_duties_apart EXCLUDE USING gist (duty WITH &&);
