-- Who looked at what is asked by person, too, and counted for each day.
CREATE INDEX audit_actor ON audit (actor_subject, actor_issuer, at, id);
