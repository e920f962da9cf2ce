-- Who sees a case: a restricted one is there for its mediators, the director and whoever is invited; a village mediator sees
-- the cases of the village. Cases of the release before are restricted where their tags say so: whether a party is a child
-- stands in sealed text, which SQL cannot read; the director restricts those.
ALTER TABLE cases ADD COLUMN restricted text COLLATE "C";
ALTER TABLE case_search ADD COLUMN restricted boolean NOT NULL DEFAULT false;

DO $$
DECLARE
    closed bigint;
    told   bigint;
    wanted bigint;
BEGIN
    UPDATE cases SET restricted = CASE
            WHEN tags && ARRAY['性侵', '性侵害', '性暴力', '性骚扰', '强奸', '猥亵'] THEN 'sexual-violence' ELSE 'minor' END
        WHERE tags && ARRAY['性侵', '性侵害', '性暴力', '性骚扰', '强奸', '猥亵', '未成年人', '涉未成年人', '校园欺凌'];
    GET DIAGNOSTICS closed = ROW_COUNT;
    SELECT count(*) INTO wanted FROM cases
        WHERE tags && ARRAY['性侵', '性侵害', '性暴力', '性骚扰', '强奸', '猥亵', '未成年人', '涉未成年人', '校园欺凌'];
    IF closed <> wanted THEN
        RAISE EXCEPTION 'restricted % cases of %', closed, wanted;
    END IF;
    UPDATE case_search s SET restricted = true FROM cases c WHERE c.id = s.case_id AND c.restricted IS NOT NULL;
    GET DIAGNOSTICS told = ROW_COUNT;
    SELECT count(*) INTO wanted FROM case_search s JOIN cases c ON c.id = s.case_id WHERE c.restricted IS NOT NULL;
    IF told <> wanted THEN
        RAISE EXCEPTION 'restricted % searchable cases of %', told, wanted;
    END IF;
END $$;

CREATE INDEX cases_restricted ON cases (id) WHERE restricted IS NOT NULL;
CREATE INDEX cases_village ON cases (place_code COLLATE "C") WHERE restricted IS NULL AND place_code <> '';
CREATE INDEX lead_village ON lead (place_code COLLATE "C") WHERE place_code <> '';

CREATE TABLE invitation (
    case_id uuid NOT NULL REFERENCES cases (id),
    subject text COLLATE "C" NOT NULL,
    issuer  text COLLATE "C" NOT NULL,
    until   date NOT NULL, -- the last day
    PRIMARY KEY (case_id, subject, issuer)
);

CREATE INDEX invitation_person ON invitation (subject, issuer, until, case_id);
