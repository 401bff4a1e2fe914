package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func dropped(table string) damageKind {
	return damageKind{name: "table " + table + " dropped", do: byTool("DROP TABLE " + table)}
}

// damagedTables are tables that are gone.
var damagedTables = []damageKind{
	{name: "table notes dropped", do: byTool("DROP TABLE notes"), often: true},
	dropped("note_tags"), dropped("session_documents"), dropped("settings"), dropped("revisions"), dropped("revision_blobs"),
	dropped("revision_counts"), dropped("tombstones"), dropped("blobs"), dropped("blob_problems"), dropped("store"), dropped("writer"),
	dropped("schema_files"), dropped("legacy_runs"), dropped("legacy_records"), dropped("quarantine"), dropped("facets"), dropped("facet_rows"),
	dropped("search_dirty"), dropped("search_rows"), dropped("search_text"), dropped("search_words"),
}

// damagedObjects are indexes, triggers, views, columns and texts that are not as they should be.
var damagedObjects = []damageKind{
	{name: "index dropped", do: byTool("DROP INDEX notes_by_date")},
	{name: "index of facets dropped", do: byTool("DROP INDEX facet_rows_by_date")},
	{name: "index of the search dropped", do: byTool("DROP INDEX search_rows_by_owner")},
	{name: "index on another column", do: byTool("DROP INDEX notes_by_date", "CREATE INDEX notes_by_date ON notes (summary)")},
	{name: "index at the page of another", do: inList("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'notes_by_saved') WHERE name = 'notes_by_date'")},
	{name: "index smashed", do: smashed("notes_by_saved")},
	{name: "index of a key smashed", do: smashed("sqlite_autoindex_notes_1")},
	{name: "trigger dropped", do: byTool("DROP TRIGGER notes_foreign_update")},
	{name: "counting trigger dropped", do: byTool("DROP TRIGGER revisions_counted")},
	{name: "trigger with a bit flipped", do: inList("UPDATE sqlite_schema SET sql = replace(sql, 'active = 1', 'active = 0') WHERE name = 'note_foreign_change'")},
	{name: "trigger of another program", do: byTool("CREATE TRIGGER mine BEFORE INSERT ON notes BEGIN SELECT 1; END")},
	{name: "view dropped", do: byTool("DROP VIEW v_notes")},
	{name: "view of references dropped", do: byTool("DROP VIEW v_blob_refs")},
	{name: "view changed", do: byTool("DROP VIEW v_tasks", "CREATE VIEW v_tasks AS SELECT 1 AS one")},
	{name: "column renamed", do: byTool("ALTER TABLE notes RENAME COLUMN summary TO short")},
	{name: "column dropped", do: onDisk("DROP VIEW v_companies", "ALTER TABLE companies DROP COLUMN profile")},
	{name: "definition of a table with a byte changed", do: inList("UPDATE sqlite_schema SET sql = replace(sql, 'what a person wrote down', 'what a perspn wrote down') WHERE name = 'notes'")},
	{name: "definition of a table that cannot be read", do: inList("UPDATE sqlite_schema SET sql = replace(sql, 'CREATE TABLE', 'CREATE TBBLE') WHERE name = 'notes'")},
	{name: "definition of an index with a byte changed", do: inList("UPDATE sqlite_schema SET sql = replace(sql, 'COLLATE NOCASE', 'COLLATE BINARY') WHERE name = 'contacts_by_title'")},
	{name: "name of an index that became bytes", do: inList("UPDATE sqlite_schema SET name = CAST(name AS BLOB) WHERE name = 'contacts_by_title'")},
	{name: "index of SQLite's own on another table", do: inList("UPDATE sqlite_schema SET tbl_name = 'rontacts' WHERE name = 'sqlite_autoindex_contacts_1'")},
	{name: "trigger with a page", do: inList("UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'contacts_foreign_update'")},
	{name: "definition of a search table changed", do: inList("UPDATE sqlite_schema SET sql = replace(sql, 'text without markup', 'text withoud markup') WHERE name = 'search_text'")},
	{name: "application id changed", do: byTool("PRAGMA application_id = 1414744914")},
	{name: "user version changed", do: byTool("PRAGMA user_version = 3")},
	{name: "applied migrations deleted", do: byTool("DELETE FROM schema_files")},
	{name: "one applied migration deleted", do: byTool("DELETE FROM schema_files WHERE version = 3")},
	{name: "applied migration with another hash", do: byTool("UPDATE schema_files SET sha256 = 'x' || substr(sha256, 2) WHERE version = 2")},
	{name: "applied migration with another name", do: onDisk("UPDATE schema_files SET name = 'other' WHERE version = 2")},
	{name: "applied migration of the future", do: byTool("UPDATE schema_files SET version = 70 WHERE version = 7")},
}

// damagedRows are rows that a disk, or a tool behind the triggers, has changed.
var damagedRows = []damageKind{
	{name: "note changed", do: onDisk("UPDATE notes SET summary = 'flipped' WHERE id = 'note-x'"), often: true},
	{name: "note changed that is newer than its backup", do: onDisk("UPDATE notes SET content = 'flipped', rev = rev + 1 WHERE id = 'note-x'"), lossy: true},
	{name: "note with another id", do: onDisk("UPDATE notes SET id = 'note-y' WHERE id = 'note-x'"), lossy: true}, // it comes back, and stays under the other, too
	{name: "note gone", do: onDisk("DELETE FROM notes WHERE id = 'note-x'", "DELETE FROM note_tags WHERE note_pk NOT IN (SELECT pk FROM notes)", "DELETE FROM note_links WHERE note_pk NOT IN (SELECT pk FROM notes)"), often: true},
	{name: "lists of notes gone", do: onDisk("DELETE FROM note_tags", "DELETE FROM note_links")},
	{name: "tag changed", do: onDisk("UPDATE session_tags SET tag = 'flipped'", "UPDATE note_tags SET tag = 'flipped'")},
	{name: "rows without their owner", do: onDisk("INSERT INTO note_tags (note_pk, pos, tag, sum) VALUES (4711, 0, 'orphan', 1)")},
	{name: "setting changed", do: onDisk("UPDATE settings SET value = '\"flipped\"' WHERE key = (SELECT min(key) FROM settings)")},
	{name: "document changed", do: onDisk("UPDATE session_documents SET body = '{\"flipped\": true}'")},
	{name: "attachment changed", do: onDisk("UPDATE attachments SET name = 'flipped'")},
	{name: "screenshots changed", do: onDisk("UPDATE session_screenshots SET id = 'flipped'")},
	{name: "revision gone", do: byTool("DELETE FROM revisions WHERE pk = (SELECT min(pk) FROM revisions)"), lossy: true},
	{name: "all revisions gone", do: byTool("DELETE FROM revisions"), lossy: true},
	{name: "revision changed", do: onDisk("UPDATE revisions SET body = 'flipped' WHERE pk = (SELECT max(pk) FROM revisions)")},
	{name: "revision that became bytes", do: onDisk("UPDATE revisions SET body = CAST(body AS BLOB) WHERE pk = (SELECT max(pk) FROM revisions)")},
	{name: "revision of another record", do: onDisk("UPDATE revisions SET id = 'other' WHERE pk = (SELECT max(pk) FROM revisions)")},
	{name: "revision from nowhere", do: onDisk("INSERT INTO revisions (kind, id, rev, change, origin, at, encoding, body, sum) VALUES ('note', 'note-x', 1, 'update', 'program', '2026-01-01T00:00:00.000Z', 'json', '{}', 1)")},
	{name: "contents of revisions not noted", do: byTool("DELETE FROM revision_blobs")},
	{name: "contents noted of no revision", do: byTool("INSERT INTO revision_blobs (revision_pk, sha256) VALUES (4711, 'x')")},
	{name: "import changed", do: onDisk("UPDATE legacy_runs SET report = '{}'")},
	{name: "files of an import changed", do: onDisk("UPDATE legacy_files SET files = '[]'")},
	{name: "step of an import changed", do: onDisk("UPDATE legacy_steps SET done_at = '2020-01-01T00:00:00.000Z'")},
	{name: "record of an import changed", do: onDisk("UPDATE legacy_records SET disposition = 'revisiom'")},
	{name: "import gone", do: byTool("DELETE FROM legacy_runs")},
	{name: "tombstone changed", do: onDisk("UPDATE tombstones SET rev = 1")},
	{name: "fact changed", do: onDisk("UPDATE store SET value = '1h' WHERE key = 'search'")},
	{name: "triggers are told to sleep", do: byTool("UPDATE writer SET active = 1")},
	{name: "triggers are told nothing", do: byTool("DELETE FROM writer")},
}

// damagedDerived is what can be made anew.
var damagedDerived = []damageKind{
	{name: "facet counts changed", do: onDisk("UPDATE facets SET records = records + 1")},
	{name: "facets gone", do: onDisk("DELETE FROM facets")},
	{name: "facet rows gone", do: onDisk("DELETE FROM facet_rows")},
	{name: "page of the facets smashed", do: smashed("facets")},
	{name: "facets noted as others", do: onDisk("UPDATE store SET value = 'flipped' WHERE key = 'facets'")},
	{name: "facets noted under another name", do: onDisk("UPDATE store SET key = 'facett' WHERE key = 'facets'")},
	{name: "indexed text changed", do: onDisk("UPDATE search_text SET body = 'flipped'"), often: true},
	{name: "indexed rows gone", do: onDisk("DELETE FROM search_rows")},
	{name: "indexed texts gone", do: onDisk("DELETE FROM search_text")},
	{name: "lists of words changed", do: onDisk("UPDATE search_data SET block = x'00' WHERE id > 100")},
	{name: "rows of another table among those of the lists of words", do: onDisk("INSERT INTO search_idx (segid, term, pgno) VALUES ('topic-0', 5, NULL)"), often: true},
	{name: "lists of words that are of no part of the index", do: onDisk("INSERT INTO search_data (id, block) VALUES (4711 << 37 | 1, x'00')", "INSERT INTO search_word_parts_idx (segid, term, pgno) VALUES (4711, x'00', 2)")},
	{name: "lists of words gone", do: onDisk("DELETE FROM search_data")},
	{name: "sizes of texts gone", do: onDisk("DELETE FROM search_docsize")},
	{name: "settings of the index gone", do: onDisk("DELETE FROM search_config")},
	{name: "words gone", do: onDisk("DELETE FROM search_words")},
	{name: "row of a content gone", do: byTool("DELETE FROM blobs")},
	{name: "row of a content changed", do: byTool("UPDATE blobs SET size = size + 1")},
}

// damagedFiles are files beside the database, and the file itself.
var damagedFiles = []damageKind{
	{name: "content gone", do: inFile("blobs/??/*", gone), lossy: true, often: true},
	{name: "content flipped", do: inFile("blobs/??/*", flipped), lossy: true},
	{name: "content cut off", do: inFile("blobs/??/*", halved), lossy: true},
	{name: "all contents gone", do: func(t *testing.T, dir string) {
		if err := os.RemoveAll(filepath.Join(dir, "blobs")); err != nil {
			t.Fatal(err)
		}
	}, lossy: true},
	{name: "manifest flipped", do: inFile("backups/*[0-9a-f].json", flipped)},
	{name: "manifest gone", do: inFile("backups/*[0-9a-f].json", gone)},
	{name: "manifest of no bytes", do: inFile("backups/*[0-9a-f].json", func([]byte) []byte { return []byte{} })},
	{name: "backup flipped", do: inFile("backups/*.db.zst", flipped)},
	{name: "backup cut off", do: inFile("backups/*.db.zst", halved), often: true},
	{name: "backup gone", do: inFile("backups/*.db.zst", gone)},
	{name: "contents of a backup gone", do: inFile("backups/*.contents.zst", gone)},
	{name: "database cut off", do: inFile(databaseName, halved)},
	{name: "database of no bytes", do: inFile(databaseName, func([]byte) []byte { return []byte{} })},
	{name: "database gone", do: inFile(databaseName, gone), often: true},
	{name: "database of zeroes", do: inFile(databaseName, func(b []byte) []byte { return make([]byte, len(b)) })},
	{name: "header of the database changed", do: inFile(databaseName, func(b []byte) []byte { return flippedAt(b, 3) })},
	{name: "database of another program", do: inFile(databaseName, func([]byte) []byte { return bytes.Repeat([]byte("no database "), 400) })},
	{name: "page of a table smashed", do: smashed("notes"), often: true},
	{name: "page of the history smashed", do: smashed("revisions")},
}
