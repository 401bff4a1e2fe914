-- +goose Up

-- A revision that is gone as a whole row is missed: how many of each record are kept is counted by
-- whoever writes or ends one. What other tools overwrite is kept, and counted, by triggers; those
-- revisions have no checksum yet.

CREATE TABLE revision_counts ( -- how many revisions of each record are kept
    kind TEXT NOT NULL,                              -- kind of the entity
    id TEXT NOT NULL,                                -- its id; '' of all whose entity another tool had removed first
    kept INTEGER NOT NULL,                           -- revisions that are kept
    pruned INTEGER NOT NULL DEFAULT 0,               -- revisions that were ended because they were old
    pruned_to TEXT,                                  -- when the latest of those ended (UTC)
    lost INTEGER NOT NULL DEFAULT 0,                 -- revisions that a repair found gone without that
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

INSERT INTO revision_counts (kind, id, kept)
SELECT kind, coalesce(id, ''), count(*)
FROM revisions
GROUP BY 1, 2;

ALTER TABLE revisions ADD COLUMN damaged TEXT /* when a repair found it damaged and left it so (UTC); NULL: never */;

-- +goose StatementBegin
CREATE TRIGGER revisions_counted AFTER INSERT ON revisions
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO revision_counts (kind, id, kept) VALUES (NEW.kind, coalesce(NEW.id, ''), 1)
    ON CONFLICT (kind, id) DO UPDATE SET kept = kept + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER revisions_named AFTER UPDATE OF id ON revisions
WHEN OLD.id IS NULL AND NEW.id IS NOT NULL
BEGIN
    UPDATE revision_counts SET kept = kept - 1 WHERE kind = NEW.kind AND id = '';
    INSERT INTO revision_counts (kind, id, kept) VALUES (NEW.kind, NEW.id, 1)
    ON CONFLICT (kind, id) DO UPDATE SET kept = kept + 1;
END;
-- +goose StatementEnd

-- A content that is nowhere stays known as lost, so that a repair of it comes to an end.

ALTER TABLE blob_problems ADD COLUMN accepted_at TEXT /* when a repair found it nowhere else (UTC); NULL: never */;

-- The tables of imports, of what was purged, of facts and of migrations get checksums like all others. The next
-- program that writes gives them to the rows that there are.

ALTER TABLE legacy_runs ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE legacy_files ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE legacy_steps ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE legacy_records ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE quarantine ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE tombstones ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE store ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;
ALTER TABLE schema_files ADD COLUMN sum INTEGER /* checksum of the row; NULL: not sealed yet */;

CREATE INDEX legacy_runs_unsealed ON legacy_runs (pk) WHERE sum IS NULL;
CREATE INDEX legacy_files_unsealed ON legacy_files (run_pk, part) WHERE sum IS NULL;
CREATE INDEX legacy_steps_unsealed ON legacy_steps (run_pk) WHERE sum IS NULL;
CREATE INDEX legacy_records_unsealed ON legacy_records (run_pk) WHERE sum IS NULL;
CREATE INDEX quarantine_unsealed ON quarantine (pk) WHERE sum IS NULL;
CREATE INDEX tombstones_unsealed ON tombstones (kind) WHERE sum IS NULL;

-- What another tool changes is not damage.

-- +goose StatementBegin
CREATE TRIGGER legacy_runs_changed AFTER UPDATE ON legacy_runs
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_runs SET sum = NULL WHERE pk = NEW.pk;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legacy_files_changed AFTER UPDATE ON legacy_files
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_files SET sum = NULL WHERE run_pk = NEW.run_pk AND part = NEW.part;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legacy_steps_changed AFTER UPDATE ON legacy_steps
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_steps SET sum = NULL WHERE run_pk = NEW.run_pk AND version = NEW.version;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legacy_records_changed AFTER UPDATE ON legacy_records
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_records SET sum = NULL WHERE run_pk = NEW.run_pk AND file = NEW.file AND pointer = NEW.pointer;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER quarantine_changed AFTER UPDATE ON quarantine
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE quarantine SET sum = NULL WHERE pk = NEW.pk;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER tombstones_changed AFTER UPDATE ON tombstones
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE tombstones SET sum = NULL WHERE kind = NEW.kind AND id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER store_changed AFTER UPDATE ON store
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE store SET sum = NULL WHERE key = NEW.key;
END;
-- +goose StatementEnd
