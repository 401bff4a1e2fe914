-- The schema after every migration. Made by a test, which also holds it to be
-- true: go test ./migrations -update

CREATE TABLE attachments ( -- files that sessions and others refer to by id; the bytes are in the blob directory
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    type TEXT NOT NULL DEFAULT '',                   -- kind of thing, as the app named it
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    mime_type TEXT NOT NULL DEFAULT '',              -- media type as the app noted it
    size INTEGER NOT NULL DEFAULT 0,                 -- bytes as the app noted them, often wrong
    created_at TEXT,                                 -- when it was created (UTC)
    path TEXT,                                       -- where the app kept the file
    url TEXT,                                        -- where a link points
    hash TEXT,                                       -- SHA-256 as the app noted it
    dimensions TEXT,                                 -- JSON: {width, height}
    duration REAL,                                   -- seconds
    ai_analysis TEXT,                                -- JSON: what the analysis found
    waveform TEXT,                                   -- JSON list of numbers
    base64_blob TEXT,                                -- SHA-256 of the content that stood inline
    base64_form TEXT,                                -- how that content was written as text
    thumbnail_blob TEXT,                             -- SHA-256 of the small picture
    thumbnail_form TEXT,                             -- how it was written as text
    compressed_blob TEXT,                            -- SHA-256 of the smaller recording
    compressed_form TEXT,                            -- how it was written as text
    file_blob TEXT,                                  -- SHA-256 of the content of the app's file
    file_form TEXT,                                  -- how that content was written
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX attachments_by_base64_blob ON attachments (base64_blob) WHERE base64_blob IS NOT NULL;

CREATE INDEX attachments_by_base64_text ON attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';

CREATE INDEX attachments_by_compressed_blob ON attachments (compressed_blob) WHERE compressed_blob IS NOT NULL;

CREATE INDEX attachments_by_compressed_text ON attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';

CREATE INDEX attachments_by_date ON attachments (created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX attachments_by_file_blob ON attachments (file_blob) WHERE file_blob IS NOT NULL;

CREATE INDEX attachments_by_file_text ON attachments (substr(file_form, 10)) WHERE substr(file_form, 1, 9) = 'verbatim:';

CREATE INDEX attachments_by_saved ON attachments (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX attachments_by_thumbnail_blob ON attachments (thumbnail_blob) WHERE thumbnail_blob IS NOT NULL;

CREATE INDEX attachments_by_thumbnail_text ON attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';

CREATE INDEX attachments_by_title ON attachments (name COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX attachments_in_trash ON attachments (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX attachments_unsealed ON attachments (pk) WHERE sum IS NULL;

CREATE TABLE blob_idle ( -- contents that nothing needed at the last collection, those in the trash included
    sha256 TEXT PRIMARY KEY,                         -- the content
    since TEXT NOT NULL                              -- the first collection that found it so, or when it went to the trash (UTC)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_problems ( -- contents that were damaged or missing when they were last looked at
    sha256 TEXT PRIMARY KEY,                         -- the content
    problem TEXT NOT NULL,                           -- damaged, missing or unreadable
    detail TEXT NOT NULL,                            -- what was found
    found_at TEXT NOT NULL                           -- when (UTC)
, accepted_at TEXT /* when a repair found it nowhere else (UTC); NULL: never */) STRICT, WITHOUT ROWID;

CREATE TABLE blob_scrubs ( -- readings of the contents from beginning to end
    pk INTEGER PRIMARY KEY,                          -- number
    scope TEXT NOT NULL,                             -- all, rest (where the last one ended) or sample
    started_at TEXT NOT NULL,                        -- (UTC)
    ended_at TEXT NOT NULL,                          -- (UTC)
    complete INTEGER NOT NULL,                       -- 1: it came to its end
    last TEXT NOT NULL,                              -- the content that was read last; contents are read in this order
    checked INTEGER NOT NULL,                        -- how many contents were read
    bytes INTEGER NOT NULL,                          -- how many bytes on disk
    problems INTEGER NOT NULL,                       -- how many of them were damaged or missing and were not healed
    healed INTEGER NOT NULL                          -- how many were healed
) STRICT;

CREATE TABLE blobs ( -- contents in the blob directory
    sha256 TEXT PRIMARY KEY,                         -- of the plain bytes; names the file
    size INTEGER NOT NULL,                           -- plain bytes
    stored INTEGER NOT NULL,                         -- bytes on disk
    encoding TEXT NOT NULL DEFAULT '',               -- '' as it is, or zstd
    mime_type TEXT NOT NULL DEFAULT '',              -- from the content
    added_at TEXT NOT NULL                           -- when it came (UTC)
) STRICT, WITHOUT ROWID;

CREATE TABLE companies ( -- organisations
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    created_at TEXT,                                 -- when it was created (UTC)
    last_updated TEXT,                               -- when it was last changed by its own account (UTC)
    note_count INTEGER NOT NULL DEFAULT 0,           -- as the app counted
    profile TEXT,                                    -- JSON: details
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX companies_by_date ON companies (created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX companies_by_saved ON companies (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX companies_by_title ON companies (name COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX companies_by_updated ON companies (last_updated, pk) WHERE trashed_at IS NULL;

CREATE INDEX companies_in_trash ON companies (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX companies_unsealed ON companies (pk) WHERE sum IS NULL;

CREATE TABLE company_links ( -- links kept at a company
    company_pk INTEGER NOT NULL REFERENCES companies (pk) ON DELETE CASCADE, -- the company that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (company_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX company_links_by_target ON company_links (id, kind, company_pk);

CREATE INDEX company_links_unsealed ON company_links (company_pk) WHERE sum IS NULL;

CREATE TABLE contact_links ( -- links kept at a contact
    contact_pk INTEGER NOT NULL REFERENCES contacts (pk) ON DELETE CASCADE, -- the contact that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (contact_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_links_by_target ON contact_links (id, kind, contact_pk);

CREATE INDEX contact_links_unsealed ON contact_links (contact_pk) WHERE sum IS NULL;

CREATE TABLE contacts ( -- people
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    created_at TEXT,                                 -- when it was created (UTC)
    last_updated TEXT,                               -- when it was last changed by its own account (UTC)
    note_count INTEGER NOT NULL DEFAULT 0,           -- as the app counted
    profile TEXT,                                    -- JSON: details
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX contacts_by_date ON contacts (created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX contacts_by_saved ON contacts (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX contacts_by_title ON contacts (name COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX contacts_by_updated ON contacts (last_updated, pk) WHERE trashed_at IS NULL;

CREATE INDEX contacts_in_trash ON contacts (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX contacts_unsealed ON contacts (pk) WHERE sum IS NULL;

CREATE TABLE facet_rows ( -- which record is in which facet, and what lists are sorted by
    owner_pk INTEGER NOT NULL,                       -- row key of the record, of the facet's kind
    facet_pk INTEGER NOT NULL,                       -- the facet
    date TEXT,                                       -- the record's date (UTC)
    updated TEXT,                                    -- its last change, saved where its kind has none (UTC)
    saved TEXT,                                      -- when it was saved (UTC)
    title TEXT,                                      -- its title as in lists; NULL: it is only counted here, and has no times either
    PRIMARY KEY (owner_pk, facet_pk)
) STRICT, WITHOUT ROWID;

CREATE INDEX facet_rows_by_date ON facet_rows (facet_pk, date, owner_pk) WHERE title IS NOT NULL;

CREATE INDEX facet_rows_by_saved ON facet_rows (facet_pk, saved, owner_pk) WHERE title IS NOT NULL;

CREATE INDEX facet_rows_by_title ON facet_rows (facet_pk, title COLLATE NOCASE, owner_pk) WHERE title IS NOT NULL;

CREATE INDEX facet_rows_by_updated ON facet_rows (facet_pk, updated, owner_pk) WHERE title IS NOT NULL;

CREATE TABLE facets ( -- what records are listed and counted by
    pk INTEGER PRIMARY KEY,                          -- row key
    kind TEXT NOT NULL,                              -- kind of the records
    trash INTEGER NOT NULL,                          -- 1: those in the trash
    field TEXT NOT NULL,                             -- all, hour, status, tag, or 'link KIND' (KIND of the other end)
    value TEXT NOT NULL,                             -- '' of all; the hour, such as 2026-11-01T10; the status; the tag; the id of the other end
    records INTEGER NOT NULL,                        -- how many records; one with none is removed
    UNIQUE (kind, field, value, trash)
) STRICT;

CREATE INDEX facets_empty ON facets (pk) WHERE records = 0;

CREATE INDEX facets_of_hours ON facets (kind, trash, value, records) WHERE field = 'hour';

CREATE TABLE legacy_files ( -- the files of an imported source, as its report lists them
    run_pk INTEGER NOT NULL REFERENCES legacy_runs (pk) ON DELETE CASCADE, -- the run
    part INTEGER NOT NULL,                           -- number of the part, from 0, in the order of the paths
    files TEXT NOT NULL, sum INTEGER /* checksum of the row; NULL: not sealed yet */,                             -- JSON: at most 1000 files
    PRIMARY KEY (run_pk, part)
) STRICT;

CREATE INDEX legacy_files_unsealed ON legacy_files (run_pk, part) WHERE sum IS NULL;

CREATE TRIGGER legacy_files_changed AFTER UPDATE ON legacy_files
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_files SET sum = NULL WHERE run_pk = NEW.run_pk AND part = NEW.part;
END;

CREATE TABLE legacy_records ( -- where each record of a source went
    run_pk INTEGER NOT NULL REFERENCES legacy_runs (pk) ON DELETE CASCADE, -- the run
    file TEXT NOT NULL,                              -- path inside the source
    pointer TEXT NOT NULL,                           -- JSON pointer inside the file
    collection TEXT NOT NULL,                        -- sessions, notes, ...
    id TEXT NOT NULL,                                -- entity or key
    sha256 TEXT NOT NULL,                            -- of its canonical JSON
    disposition TEXT NOT NULL,                       -- live, recovered, revision, duplicate or quarantined
    rank INTEGER NOT NULL DEFAULT 0,                 -- live, recovered: what kind of source won, higher is better
    time INTEGER NOT NULL DEFAULT 0,                 -- live, recovered: when the source wrote it, ms since 1970; 0 unknown
    rev INTEGER NOT NULL DEFAULT 0, sum INTEGER /* checksum of the row; NULL: not sealed yet */,                  -- live, recovered: the revision that the import made of it
    PRIMARY KEY (run_pk, file, pointer)
) STRICT, WITHOUT ROWID;

CREATE INDEX legacy_records_by_entity ON legacy_records (collection, id);

CREATE INDEX legacy_records_unsealed ON legacy_records (run_pk) WHERE sum IS NULL;

CREATE TRIGGER legacy_records_changed AFTER UPDATE ON legacy_records
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_records SET sum = NULL WHERE run_pk = NEW.run_pk AND file = NEW.file AND pointer = NEW.pointer;
END;

CREATE TABLE legacy_runs ( -- imports of the legacy app's data
    pk INTEGER PRIMARY KEY,                          -- number of the run
    source TEXT NOT NULL,                            -- directory or file
    sha256 TEXT NOT NULL,                            -- over the source's list of paths, sizes and hashes
    started_at TEXT NOT NULL,                        -- (UTC)
    finished_at TEXT,                                -- (UTC); NULL: not finished
    verified INTEGER NOT NULL DEFAULT 0,             -- 1: everything read was found again in the store
    report TEXT                                      -- JSON
, sum INTEGER /* checksum of the row; NULL: not sealed yet */) STRICT;

CREATE INDEX legacy_runs_by_source ON legacy_runs (sha256);

CREATE INDEX legacy_runs_unsealed ON legacy_runs (pk) WHERE sum IS NULL;

CREATE TRIGGER legacy_runs_changed AFTER UPDATE ON legacy_runs
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_runs SET sum = NULL WHERE pk = NEW.pk;
END;

CREATE TABLE legacy_steps ( -- which steps of a run are done: its version line
    run_pk INTEGER NOT NULL REFERENCES legacy_runs (pk) ON DELETE CASCADE, -- the run
    version INTEGER NOT NULL,                        -- number of the step
    done_at TEXT NOT NULL, sum INTEGER /* checksum of the row; NULL: not sealed yet */,                           -- when (UTC)
    PRIMARY KEY (run_pk, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX legacy_steps_unsealed ON legacy_steps (run_pk) WHERE sum IS NULL;

CREATE TRIGGER legacy_steps_changed AFTER UPDATE ON legacy_steps
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE legacy_steps SET sum = NULL WHERE run_pk = NEW.run_pk AND version = NEW.version;
END;

CREATE TABLE note_attachments ( -- files inside a note; the bytes are in the blob directory
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    note_pk INTEGER NOT NULL REFERENCES notes (pk) ON DELETE CASCADE, -- the note that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    type TEXT NOT NULL DEFAULT '',                   -- kind of thing, as the app named it
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    mime_type TEXT NOT NULL DEFAULT '',              -- media type as the app noted it
    size INTEGER NOT NULL DEFAULT 0,                 -- bytes as the app noted them, often wrong
    created_at TEXT,                                 -- when it was created (UTC)
    path TEXT,                                       -- where the app kept the file
    url TEXT,                                        -- where a link points
    hash TEXT,                                       -- SHA-256 as the app noted it
    dimensions TEXT,                                 -- JSON: {width, height}
    duration REAL,                                   -- seconds
    ai_analysis TEXT,                                -- JSON: what the analysis found
    waveform TEXT,                                   -- JSON list of numbers
    base64_blob TEXT,                                -- SHA-256 of the content that stood inline
    base64_form TEXT,                                -- how that content was written as text
    thumbnail_blob TEXT,                             -- SHA-256 of the small picture
    thumbnail_form TEXT,                             -- how it was written as text
    compressed_blob TEXT,                            -- SHA-256 of the smaller recording
    compressed_form TEXT,                            -- how it was written as text
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (note_pk, pos)
) STRICT;

CREATE INDEX note_attachments_by_base64_blob ON note_attachments (base64_blob) WHERE base64_blob IS NOT NULL;

CREATE INDEX note_attachments_by_base64_text ON note_attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';

CREATE INDEX note_attachments_by_compressed_blob ON note_attachments (compressed_blob) WHERE compressed_blob IS NOT NULL;

CREATE INDEX note_attachments_by_compressed_text ON note_attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';

CREATE INDEX note_attachments_by_thumbnail_blob ON note_attachments (thumbnail_blob) WHERE thumbnail_blob IS NOT NULL;

CREATE INDEX note_attachments_by_thumbnail_text ON note_attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';

CREATE INDEX note_attachments_unsealed ON note_attachments (note_pk) WHERE sum IS NULL;

CREATE TABLE note_links ( -- what notes belong to, one row a link
    note_pk INTEGER NOT NULL REFERENCES notes (pk) ON DELETE CASCADE, -- the note that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (note_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX note_links_by_target ON note_links (id, kind, note_pk);

CREATE INDEX note_links_unsealed ON note_links (note_pk) WHERE sum IS NULL;

CREATE TABLE note_tags ( -- tags of notes, in their order
    note_pk INTEGER NOT NULL REFERENCES notes (pk) ON DELETE CASCADE, -- the note that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    tag TEXT NOT NULL,                               -- the text
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (note_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX note_tags_by_tag ON note_tags (tag, note_pk);

CREATE INDEX note_tags_unsealed ON note_tags (note_pk) WHERE sum IS NULL;

CREATE TABLE note_updates ( -- additions to a note, newest first
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    note_pk INTEGER NOT NULL REFERENCES notes (pk) ON DELETE CASCADE, -- the note that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    content TEXT NOT NULL DEFAULT '',                -- the text
    timestamp TEXT,                                  -- when (UTC)
    source TEXT NOT NULL DEFAULT '',                 -- call, email, thought or other
    summary TEXT,                                    -- in short
    source_text TEXT,                                -- what it was made from
    tags TEXT,                                       -- JSON list of texts
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (note_pk, pos)
) STRICT;

CREATE INDEX note_updates_unsealed ON note_updates (note_pk) WHERE sum IS NULL;

CREATE TABLE notes ( -- what a person wrote down
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    content TEXT NOT NULL DEFAULT '',                -- Markdown or HTML, as it was written
    summary TEXT NOT NULL DEFAULT '',                -- in short
    timestamp TEXT,                                  -- when it was taken (UTC)
    last_updated TEXT,                               -- when it was last changed by its own account (UTC)
    source TEXT NOT NULL DEFAULT '',                 -- call, email, thought or other
    status TEXT NOT NULL DEFAULT '',                 -- draft, pending_review or approved
    source_text TEXT,                                -- what it was made from
    metadata TEXT,                                   -- JSON: sentiment, key points, enrichment
    relationship_version INTEGER,                    -- 1: the app moved ids into relationships
    title TEXT,                                      -- of the oldest files
    created_at TEXT,                                 -- of the oldest files
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX notes_by_date ON notes (timestamp, pk) WHERE trashed_at IS NULL;

CREATE INDEX notes_by_saved ON notes (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX notes_by_status ON notes (status, timestamp, pk) WHERE trashed_at IS NULL;

CREATE INDEX notes_by_title ON notes (coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX notes_by_updated ON notes (last_updated, pk) WHERE trashed_at IS NULL;

CREATE INDEX notes_in_trash ON notes (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX notes_unsealed ON notes (pk) WHERE sum IS NULL;

CREATE TABLE quarantine ( -- what could not be read, kept byte for byte
    pk INTEGER PRIMARY KEY,                          -- number
    run_pk INTEGER NOT NULL REFERENCES legacy_runs (pk) ON DELETE CASCADE, -- the run that set it aside
    file TEXT NOT NULL,                              -- path inside the source
    pointer TEXT NOT NULL DEFAULT '',                -- JSON pointer inside the file; '' the whole file
    code TEXT NOT NULL,                              -- why, in one word
    reason TEXT NOT NULL,                            -- why
    blob TEXT NOT NULL,                              -- SHA-256 of the bytes
    size INTEGER NOT NULL,                           -- bytes
    added_at TEXT NOT NULL, sum INTEGER /* checksum of the row; NULL: not sealed yet */,                          -- when (UTC)
    UNIQUE (file, pointer, blob)
) STRICT;

CREATE INDEX quarantine_by_blob ON quarantine (blob);

CREATE INDEX quarantine_unsealed ON quarantine (pk) WHERE sum IS NULL;

CREATE TRIGGER quarantine_changed AFTER UPDATE ON quarantine
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE quarantine SET sum = NULL WHERE pk = NEW.pk;
END;

CREATE TABLE revision_blobs ( -- contents that a kept state needs
    revision_pk INTEGER NOT NULL REFERENCES revisions (pk) ON DELETE CASCADE, -- the state
    sha256 TEXT NOT NULL,                            -- the content
    PRIMARY KEY (revision_pk, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX revision_blobs_by_hash ON revision_blobs (sha256);

CREATE TABLE revision_counts ( -- how many revisions of each record are kept
    kind TEXT NOT NULL,                              -- kind of the entity
    id TEXT NOT NULL,                                -- its id; '' of all whose entity another tool had removed first
    kept INTEGER NOT NULL,                           -- revisions that are kept
    pruned INTEGER NOT NULL DEFAULT 0,               -- revisions that were ended because they were old
    pruned_to TEXT,                                  -- when the latest of those ended (UTC)
    lost INTEGER NOT NULL DEFAULT 0,                 -- revisions that a repair found gone without that
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions ( -- states that were overwritten, deleted or lost a merge
    pk INTEGER PRIMARY KEY,                          -- in the order they were kept
    kind TEXT NOT NULL,                              -- kind of the entity
    id TEXT,                                         -- its id; NULL where a foreign tool had removed it first
    owner_pk INTEGER,                                -- its row key at the time
    rev INTEGER NOT NULL,                            -- the revision that this state was
    part TEXT NOT NULL DEFAULT '',                   -- '' the entity, else the child table whose row this was
    change TEXT NOT NULL,                            -- what ended this state: update, delete, restore, purge, replace, merge
    origin TEXT NOT NULL,                            -- who ended it: program, import, foreign, ...
    at TEXT NOT NULL,                                -- when it ended (UTC)
    source TEXT NOT NULL DEFAULT '',                 -- import: the file and place it was read from
    sha256 TEXT NOT NULL DEFAULT '',                 -- import: hash of the record's canonical JSON
    encoding TEXT NOT NULL,                          -- json (app's shape), row (columns of the table) or zstd (json, compressed)
    body ANY NOT NULL                                -- the state
, sum INTEGER /* checksum of the row; NULL: written by another tool, or before there were any, until it is sealed */, damaged TEXT /* when a repair found it damaged and left it so (UTC); NULL: never */) STRICT;

CREATE INDEX revisions_by_entity ON revisions (kind, id, rev);

CREATE INDEX revisions_by_hash ON revisions (kind, id, sha256) WHERE sha256 <> '';

CREATE INDEX revisions_by_time ON revisions (at);

CREATE INDEX revisions_unsealed ON revisions (pk) WHERE sum IS NULL;

CREATE TRIGGER revisions_blobs AFTER INSERT ON revisions
WHEN NEW.encoding = 'row'
BEGIN
    INSERT OR IGNORE INTO revision_blobs (revision_pk, sha256)
    SELECT NEW.pk, CASE WHEN key LIKE '%\_form' ESCAPE '\' THEN substr(value, 10) ELSE value END
    FROM json_each(NEW.body)
    WHERE type = 'text' AND (key LIKE '%\_blob' ESCAPE '\' OR key LIKE '%\_form' ESCAPE '\' AND value LIKE 'verbatim:%');
END;

CREATE TRIGGER revisions_counted AFTER INSERT ON revisions
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO revision_counts (kind, id, kept) VALUES (NEW.kind, coalesce(NEW.id, ''), 1)
    ON CONFLICT (kind, id) DO UPDATE SET kept = kept + 1;
END;

CREATE TRIGGER revisions_named AFTER UPDATE OF id ON revisions
WHEN OLD.id IS NULL AND NEW.id IS NOT NULL
BEGIN
    UPDATE revision_counts SET kept = kept - 1 WHERE kind = NEW.kind AND id = '';
    INSERT INTO revision_counts (kind, id, kept) VALUES (NEW.kind, NEW.id, 1)
    ON CONFLICT (kind, id) DO UPDATE SET kept = kept + 1;
END;

CREATE TABLE schema_files ( -- migration files applied to this store, one row each
    version    INTEGER PRIMARY KEY, -- number at the start of the file name
    name       TEXT NOT NULL,       -- file name
    sha256     TEXT NOT NULL,       -- checksum of the file as it was applied; a file that changed later is refused
    applied_at TEXT NOT NULL        -- UTC, 2006-01-02T15:04:05.000Z
, sum INTEGER /* checksum of the row; NULL: not sealed yet */) STRICT;

CREATE TABLE session_audio_segments ( -- stretches of recorded sound with what was said
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    timestamp TEXT,                                  -- when (UTC)
    duration REAL NOT NULL DEFAULT 0,                -- seconds
    transcription TEXT NOT NULL DEFAULT '',          -- what was said
    attachment_id TEXT,                              -- id of the attachment with the content
    hash TEXT,                                       -- SHA-256 as the app noted it
    start_time REAL,                                 -- seconds from the session's start
    transcription_quality TEXT,                      -- draft or final
    draft_transcription TEXT,                        -- the first transcript
    enriched_transcription TEXT,                     -- the better transcript
    key_phrases TEXT,                                -- JSON list of texts
    sentiment TEXT,                                  -- positive, neutral or negative
    contains_task INTEGER,                           -- 1: a task was spoken of
    contains_blocker INTEGER,                        -- 1: a blocker was spoken of
    description TEXT,                                -- free text
    mode TEXT,                                       -- of older files
    model TEXT,                                      -- of older files
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_audio_segments_by_attachment ON session_audio_segments (attachment_id);

CREATE INDEX session_audio_segments_by_id ON session_audio_segments (id);

CREATE INDEX session_audio_segments_unsealed ON session_audio_segments (session_pk) WHERE sum IS NULL;

CREATE TABLE session_context_items ( -- notes, tasks and markers put into a session
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    timestamp TEXT,                                  -- when (UTC)
    type TEXT NOT NULL DEFAULT '',                   -- kind of thing, as the app named it
    content TEXT NOT NULL DEFAULT '',                -- the text
    linked_item_id TEXT,                             -- id of the note or task
    note_id TEXT,                                    -- of older files
    task_id TEXT,                                    -- of older files
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_context_items_by_id ON session_context_items (id);

CREATE INDEX session_context_items_unsealed ON session_context_items (session_pk) WHERE sum IS NULL;

CREATE TABLE session_documents ( -- large JSON values of a session, apart so that lists never read them
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    name TEXT NOT NULL,                              -- its JSON member: summary, canvasSpec, fullTranscription, ...
    body TEXT NOT NULL,                              -- JSON text, whole
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (session_pk, name)
) STRICT;

CREATE INDEX session_documents_unsealed ON session_documents (session_pk) WHERE sum IS NULL;

CREATE TABLE session_links ( -- what sessions are about or led to, one row a link
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (session_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_links_by_target ON session_links (id, kind, session_pk);

CREATE INDEX session_links_unsealed ON session_links (session_pk) WHERE sum IS NULL;

CREATE TABLE session_screenshots ( -- pictures taken during a session
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    timestamp TEXT,                                  -- when (UTC)
    attachment_id TEXT NOT NULL DEFAULT '',          -- id of the attachment with the content
    hash TEXT,                                       -- SHA-256 as the app noted it
    path TEXT,                                       -- where the app kept the file
    ai_analysis TEXT,                                -- JSON: what the analysis found
    user_comment TEXT,                               -- what the person wrote about it
    flagged INTEGER,                                 -- 1: marked by the person
    analysis_status TEXT NOT NULL DEFAULT '',        -- pending, analyzing, complete or error
    analysis_error TEXT,                             -- why the analysis failed
    attachment_data_blob TEXT,                       -- SHA-256 of the content that stood inline
    attachment_data_form TEXT,                       -- how that content was written as text
    base64_blob TEXT,                                -- SHA-256 of the content that stood inline
    base64_form TEXT,                                -- how that content was written as text
    relative_time TEXT,                              -- JSON, of older files
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_screenshots_by_attachment ON session_screenshots (attachment_id);

CREATE INDEX session_screenshots_by_attachment_data_blob ON session_screenshots (attachment_data_blob) WHERE attachment_data_blob IS NOT NULL;

CREATE INDEX session_screenshots_by_attachment_data_text ON session_screenshots (substr(attachment_data_form, 10)) WHERE substr(attachment_data_form, 1, 9) = 'verbatim:';

CREATE INDEX session_screenshots_by_base64_blob ON session_screenshots (base64_blob) WHERE base64_blob IS NOT NULL;

CREATE INDEX session_screenshots_by_base64_text ON session_screenshots (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';

CREATE INDEX session_screenshots_by_id ON session_screenshots (id);

CREATE INDEX session_screenshots_unsealed ON session_screenshots (session_pk) WHERE sum IS NULL;

CREATE TABLE session_tags ( -- tags of sessions, in their order
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    tag TEXT NOT NULL,                               -- the text
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (session_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_tags_by_tag ON session_tags (tag, session_pk);

CREATE INDEX session_tags_unsealed ON session_tags (session_pk) WHERE sum IS NULL;

CREATE TABLE session_video_chapters ( -- titled stretches of a video
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    start_time REAL NOT NULL DEFAULT 0,              -- seconds
    end_time REAL NOT NULL DEFAULT 0,                -- seconds
    title TEXT NOT NULL DEFAULT '',                  -- as shown in lists
    created_at TEXT,                                 -- when it was created (UTC)
    summary TEXT,                                    -- in short
    key_topics TEXT,                                 -- JSON list of texts
    thumbnail_blob TEXT,                             -- SHA-256 of the small picture
    thumbnail_form TEXT,                             -- how it was written as text
    confidence REAL,                                 -- 0 to 1
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_video_chapters_by_thumbnail_blob ON session_video_chapters (thumbnail_blob) WHERE thumbnail_blob IS NOT NULL;

CREATE INDEX session_video_chapters_by_thumbnail_text ON session_video_chapters (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';

CREATE INDEX session_video_chapters_unsealed ON session_video_chapters (session_pk) WHERE sum IS NULL;

CREATE TABLE session_video_chunks ( -- stretches of a video that were analysed by themselves
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    video_id TEXT NOT NULL DEFAULT '',               -- id of the video
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    attachment_id TEXT NOT NULL DEFAULT '',          -- id of the attachment with the content
    start_time REAL NOT NULL DEFAULT 0,              -- seconds
    end_time REAL NOT NULL DEFAULT 0,                -- seconds
    topic TEXT NOT NULL DEFAULT '',                  -- what it is about
    description TEXT NOT NULL DEFAULT '',            -- free text
    transcript_excerpt TEXT NOT NULL DEFAULT '',     -- what was said
    related_screenshot_ids TEXT,                     -- JSON list of ids
    related_audio_segment_ids TEXT,                  -- JSON list of ids
    analyzed INTEGER NOT NULL DEFAULT 0,             -- 1: analysed
    analysis_cache TEXT,                             -- JSON
    last_analyzed_at TEXT,                           -- when it was analysed (UTC)
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_video_chunks_by_attachment ON session_video_chunks (attachment_id);

CREATE INDEX session_video_chunks_by_id ON session_video_chunks (id);

CREATE INDEX session_video_chunks_unsealed ON session_video_chunks (session_pk) WHERE sum IS NULL;

CREATE TABLE session_videos ( -- the recording of a session, at most one row each
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    session_pk INTEGER NOT NULL REFERENCES sessions (pk) ON DELETE CASCADE, -- the session that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    session_id TEXT NOT NULL DEFAULT '',             -- id of the session, as the app repeats it
    duration REAL NOT NULL DEFAULT 0,                -- seconds
    chunking_status TEXT NOT NULL DEFAULT '',        -- pending, processing, complete or error
    path TEXT,                                       -- where the app kept the file
    optimized_path TEXT,                             -- where the app kept the smaller file
    full_video_attachment_id TEXT,                   -- attachment of the whole video
    processed_at TEXT,                               -- when it was processed (UTC)
    chunking_error TEXT,                             -- why processing failed
    start_time TEXT,                                 -- JSON, of older files
    end_time TEXT,                                   -- JSON, of older files
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (session_pk, pos)
) STRICT;

CREATE INDEX session_videos_unsealed ON session_videos (session_pk) WHERE sum IS NULL;

CREATE TABLE sessions ( -- a recorded stretch of work; its pictures, sounds and documents are in session_* tables
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    description TEXT NOT NULL DEFAULT '',            -- free text
    status TEXT NOT NULL DEFAULT '',                 -- state, as the app stored it
    start_time TEXT,                                 -- begin (UTC)
    end_time TEXT,                                   -- end (UTC)
    last_screenshot_time TEXT,                       -- when the last screenshot was taken (UTC)
    paused_at TEXT,                                  -- when it was paused (UTC)
    total_paused_time REAL,                          -- milliseconds
    screenshot_interval REAL NOT NULL DEFAULT 0,     -- minutes; -1: adaptive
    auto_analysis INTEGER NOT NULL DEFAULT 0,        -- 1: screenshots are analysed as they come
    enable_screenshots INTEGER NOT NULL DEFAULT 0,   -- 1: screenshots are taken
    audio_mode TEXT,                                 -- off, transcription or description; of older files
    audio_recording INTEGER NOT NULL DEFAULT 0,      -- 1: sound is recorded
    audio_review_completed INTEGER NOT NULL DEFAULT 0, -- 1: the whole audio was reviewed
    video_recording INTEGER,                         -- 1: video is recorded
    transcript_upgrade_completed INTEGER,            -- 1: the better transcript is there
    category TEXT,                                   -- free text
    sub_category TEXT,                               -- free text
    activity_type TEXT,                              -- free text
    total_duration REAL,                             -- minutes
    full_audio_attachment_id TEXT,                   -- attachment of the whole audio
    audio_config TEXT,                               -- JSON: devices and levels
    video_config TEXT,                               -- JSON: sources and quality
    enrichment_config TEXT,                          -- JSON: what enrichment is asked for
    enrichment_lock TEXT,                            -- JSON: {lockedBy, lockedAt, expiresAt}
    version INTEGER,                                 -- the app's own version counter
    relationship_version INTEGER,                    -- 1: the app moved ids into relationships
    duration REAL,                                   -- of the oldest files
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX sessions_by_date ON sessions (start_time, pk) WHERE trashed_at IS NULL;

CREATE INDEX sessions_by_saved ON sessions (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX sessions_by_status ON sessions (status, start_time, pk) WHERE trashed_at IS NULL;

CREATE INDEX sessions_by_title ON sessions (name COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX sessions_in_trash ON sessions (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX sessions_unsealed ON sessions (pk) WHERE sum IS NULL;

CREATE TABLE settings ( -- the app's settings and whatever else it saved under a key
    key TEXT PRIMARY KEY,                            -- the app's key
    value TEXT NOT NULL,                             -- JSON text
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts its states, from 1
    saved_at TEXT,                                   -- when this state was written (UTC)
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX settings_unsealed ON settings (key) WHERE sum IS NULL;

CREATE TABLE store ( -- facts about this store, one row each
    key TEXT PRIMARY KEY,                            -- name of the fact
    value TEXT NOT NULL                              -- its value
, sum INTEGER /* checksum of the row; NULL: not sealed yet */) STRICT, WITHOUT ROWID;

CREATE TRIGGER store_changed AFTER UPDATE ON store
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE store SET sum = NULL WHERE key = NEW.key;
END;

CREATE TABLE task_attachments ( -- files inside a task; the bytes are in the blob directory
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    task_pk INTEGER NOT NULL REFERENCES tasks (pk) ON DELETE CASCADE, -- the task that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    type TEXT NOT NULL DEFAULT '',                   -- kind of thing, as the app named it
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    mime_type TEXT NOT NULL DEFAULT '',              -- media type as the app noted it
    size INTEGER NOT NULL DEFAULT 0,                 -- bytes as the app noted them, often wrong
    created_at TEXT,                                 -- when it was created (UTC)
    path TEXT,                                       -- where the app kept the file
    url TEXT,                                        -- where a link points
    hash TEXT,                                       -- SHA-256 as the app noted it
    dimensions TEXT,                                 -- JSON: {width, height}
    duration REAL,                                   -- seconds
    ai_analysis TEXT,                                -- JSON: what the analysis found
    waveform TEXT,                                   -- JSON list of numbers
    base64_blob TEXT,                                -- SHA-256 of the content that stood inline
    base64_form TEXT,                                -- how that content was written as text
    thumbnail_blob TEXT,                             -- SHA-256 of the small picture
    thumbnail_form TEXT,                             -- how it was written as text
    compressed_blob TEXT,                            -- SHA-256 of the smaller recording
    compressed_form TEXT,                            -- how it was written as text
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (task_pk, pos)
) STRICT;

CREATE INDEX task_attachments_by_base64_blob ON task_attachments (base64_blob) WHERE base64_blob IS NOT NULL;

CREATE INDEX task_attachments_by_base64_text ON task_attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';

CREATE INDEX task_attachments_by_compressed_blob ON task_attachments (compressed_blob) WHERE compressed_blob IS NOT NULL;

CREATE INDEX task_attachments_by_compressed_text ON task_attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';

CREATE INDEX task_attachments_by_thumbnail_blob ON task_attachments (thumbnail_blob) WHERE thumbnail_blob IS NOT NULL;

CREATE INDEX task_attachments_by_thumbnail_text ON task_attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';

CREATE INDEX task_attachments_unsealed ON task_attachments (task_pk) WHERE sum IS NULL;

CREATE TABLE task_links ( -- what tasks belong to, one row a link
    task_pk INTEGER NOT NULL REFERENCES tasks (pk) ON DELETE CASCADE, -- the task that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (task_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_links_by_target ON task_links (id, kind, task_pk);

CREATE INDEX task_links_unsealed ON task_links (task_pk) WHERE sum IS NULL;

CREATE TABLE task_subtasks ( -- steps of a task
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    task_pk INTEGER NOT NULL REFERENCES tasks (pk) ON DELETE CASCADE, -- the task that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    id TEXT NOT NULL DEFAULT '',                     -- the item's own id
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    title TEXT NOT NULL DEFAULT '',                  -- as shown in lists
    done INTEGER NOT NULL DEFAULT 0,                 -- 1: done
    created_at TEXT,                                 -- when it was created (UTC)
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    UNIQUE (task_pk, pos)
) STRICT;

CREATE INDEX task_subtasks_unsealed ON task_subtasks (task_pk) WHERE sum IS NULL;

CREATE TABLE task_tags ( -- tags of tasks, in their order
    task_pk INTEGER NOT NULL REFERENCES tasks (pk) ON DELETE CASCADE, -- the task that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    tag TEXT NOT NULL,                               -- the text
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (task_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_tags_by_tag ON task_tags (tag, task_pk);

CREATE INDEX task_tags_unsealed ON task_tags (task_pk) WHERE sum IS NULL;

CREATE TABLE tasks ( -- something to be done
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    title TEXT NOT NULL DEFAULT '',                  -- as shown in lists
    done INTEGER NOT NULL DEFAULT 0,                 -- 1: done
    priority TEXT NOT NULL DEFAULT '',               -- low, medium, high or urgent
    status TEXT NOT NULL DEFAULT '',                 -- todo, in-progress, done, blocked or archived
    created_by TEXT NOT NULL DEFAULT '',             -- ai or manual
    created_at TEXT,                                 -- when it was created (UTC)
    completed_at TEXT,                               -- when it was done (UTC)
    due_date TEXT,                                   -- local date as it was entered, mostly YYYY-MM-DD
    due_time TEXT,                                   -- local time as it was entered, mostly HH:mm
    description TEXT,                                -- free text
    source_excerpt TEXT,                             -- the words it came from
    context_for_agent TEXT,                          -- background for the assistant
    ai_context TEXT,                                 -- JSON: where the assistant got it from
    due_date_reasoning TEXT,                         -- JSON: why this date
    relationship_version INTEGER,                    -- 1: the app moved ids into relationships
    version INTEGER,                                 -- the app's own version counter
    updated_at TEXT,                                 -- when it was last changed by its own account (UTC)
    last_updated TEXT,                               -- when it was last changed by its own account (UTC)
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX tasks_by_date ON tasks (created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX tasks_by_saved ON tasks (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX tasks_by_status ON tasks (status, created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX tasks_by_title ON tasks (title COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX tasks_in_trash ON tasks (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX tasks_unsealed ON tasks (pk) WHERE sum IS NULL;

CREATE TABLE tombstones ( -- entities that were purged
    kind TEXT NOT NULL,                              -- kind of the entity
    id TEXT NOT NULL,                                -- its id
    rev INTEGER NOT NULL,                            -- its last revision
    purged_at TEXT NOT NULL, sum INTEGER /* checksum of the row; NULL: not sealed yet */,                         -- when (UTC)
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstones_unsealed ON tombstones (kind) WHERE sum IS NULL;

CREATE TRIGGER tombstones_changed AFTER UPDATE ON tombstones
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
    UPDATE tombstones SET sum = NULL WHERE kind = NEW.kind AND id = NEW.id;
END;

CREATE TABLE topic_links ( -- links kept at a topic
    topic_pk INTEGER NOT NULL REFERENCES topics (pk) ON DELETE CASCADE, -- the topic that holds it
    pos INTEGER NOT NULL,                            -- place in the list, from 0
    member TEXT NOT NULL DEFAULT '',                 -- JSON member this link stands in: relationships, or one of its own such as noteId
    type TEXT NOT NULL DEFAULT '',                   -- such as task-note
    kind TEXT NOT NULL DEFAULT '',                   -- kind of the other end
    id TEXT NOT NULL DEFAULT '',                     -- id of the other end; it may be gone
    incoming INTEGER NOT NULL DEFAULT 0,             -- 1: the other end is the source of the relation
    rel_id TEXT NOT NULL DEFAULT '',                 -- id of the relationship object
    rel_type TEXT NOT NULL DEFAULT '',               -- its type as written
    source_type TEXT NOT NULL DEFAULT '',            -- its source kind as written
    source_id TEXT NOT NULL DEFAULT '',              -- its source id
    target_type TEXT NOT NULL DEFAULT '',            -- its target kind as written
    target_id TEXT NOT NULL DEFAULT '',              -- its target id
    metadata TEXT,                                   -- JSON: who made the link, when and why
    canonical INTEGER NOT NULL DEFAULT 0,            -- 0: the copy kept at the other end
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    sum INTEGER,                                     -- checksum of the row; NULL: written by another tool since
    PRIMARY KEY (topic_pk, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX topic_links_by_target ON topic_links (id, kind, topic_pk);

CREATE INDEX topic_links_unsealed ON topic_links (topic_pk) WHERE sum IS NULL;

CREATE TABLE topics ( -- what notes, tasks and sessions are about
    pk INTEGER PRIMARY KEY,                          -- row key; never changes, other tables refer to it
    id TEXT NOT NULL UNIQUE,                         -- the entity's own id, opaque text, unique within its kind
    rev INTEGER NOT NULL DEFAULT 0,                  -- counts the states of this entity, from 1
    saved_at TEXT,                                   -- when this state was written to the store (UTC)
    trashed_at TEXT,                                 -- when it went to the trash (UTC); NULL: live
    trash_reason TEXT,                               -- deleted, recovered (an import found it only where deleted things stand) or missing
    extra TEXT,                                      -- JSON object of members this table has no column for, verbatim
    odd TEXT,                                        -- JSON object: member name -> [texts as written], where a column cannot say them exactly
    name TEXT NOT NULL DEFAULT '',                   -- as shown in lists
    created_at TEXT,                                 -- when it was created (UTC)
    last_updated TEXT,                               -- when it was last changed by its own account (UTC)
    note_count INTEGER NOT NULL DEFAULT 0,           -- as the app counted
    type TEXT,                                       -- kind of thing, as the app named it
    description TEXT,                                -- free text
    color TEXT,                                      -- as the app stored it
    lists TEXT NOT NULL DEFAULT '{}',               -- JSON: child table -> [rows, sum over their checksums]
    sum INTEGER                                      -- checksum of the row; NULL: written by another tool since
) STRICT;

CREATE INDEX topics_by_date ON topics (created_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX topics_by_saved ON topics (saved_at, pk) WHERE trashed_at IS NULL;

CREATE INDEX topics_by_title ON topics (name COLLATE NOCASE, pk) WHERE trashed_at IS NULL;

CREATE INDEX topics_by_updated ON topics (last_updated, pk) WHERE trashed_at IS NULL;

CREATE INDEX topics_in_trash ON topics (trashed_at, pk) WHERE trashed_at IS NOT NULL;

CREATE INDEX topics_unsealed ON topics (pk) WHERE sum IS NULL;

CREATE VIEW v_attachments AS -- live attachments with what is stored of them
SELECT e.id, e.name, e.type, coalesce(nullif(e.mime_type, ''), b.mime_type) AS mime_type, e.created_at, coalesce(e.file_blob, e.base64_blob) AS sha256,
    b.size, b.stored, b.encoding, e.rev, e.saved_at
FROM attachments AS e
LEFT JOIN blobs AS b ON b.sha256 = coalesce(e.file_blob, e.base64_blob)
WHERE e.trashed_at IS NULL;

CREATE VIEW v_blob_refs AS -- which row needs which content: derived, so it cannot be wrong
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_video_chapters.thumbnail' AS role, c.id AS item, c.thumbnail_blob AS sha256, c.thumbnail_form AS form FROM session_video_chapters AS c WHERE c.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_video_chapters.thumbnail.text' AS role, c.id AS item, substr(c.thumbnail_form, 10) AS sha256, '' AS form FROM session_video_chapters AS c WHERE substr(c.thumbnail_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_screenshots.attachment_data' AS role, c.id AS item, c.attachment_data_blob AS sha256, c.attachment_data_form AS form FROM session_screenshots AS c WHERE c.attachment_data_blob IS NOT NULL
UNION ALL
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_screenshots.attachment_data.text' AS role, c.id AS item, substr(c.attachment_data_form, 10) AS sha256, '' AS form FROM session_screenshots AS c WHERE substr(c.attachment_data_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_screenshots.base64' AS role, c.id AS item, c.base64_blob AS sha256, c.base64_form AS form FROM session_screenshots AS c WHERE c.base64_blob IS NOT NULL
UNION ALL
SELECT 'session' AS kind, (SELECT id FROM sessions WHERE pk = c.session_pk) AS id, 'session_screenshots.base64.text' AS role, c.id AS item, substr(c.base64_form, 10) AS sha256, '' AS form FROM session_screenshots AS c WHERE substr(c.base64_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.base64' AS role, c.id AS item, c.base64_blob AS sha256, c.base64_form AS form FROM note_attachments AS c WHERE c.base64_blob IS NOT NULL
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.base64.text' AS role, c.id AS item, substr(c.base64_form, 10) AS sha256, '' AS form FROM note_attachments AS c WHERE substr(c.base64_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.thumbnail' AS role, c.id AS item, c.thumbnail_blob AS sha256, c.thumbnail_form AS form FROM note_attachments AS c WHERE c.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.thumbnail.text' AS role, c.id AS item, substr(c.thumbnail_form, 10) AS sha256, '' AS form FROM note_attachments AS c WHERE substr(c.thumbnail_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.compressed' AS role, c.id AS item, c.compressed_blob AS sha256, c.compressed_form AS form FROM note_attachments AS c WHERE c.compressed_blob IS NOT NULL
UNION ALL
SELECT 'note' AS kind, (SELECT id FROM notes WHERE pk = c.note_pk) AS id, 'note_attachments.compressed.text' AS role, c.id AS item, substr(c.compressed_form, 10) AS sha256, '' AS form FROM note_attachments AS c WHERE substr(c.compressed_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.base64' AS role, c.id AS item, c.base64_blob AS sha256, c.base64_form AS form FROM task_attachments AS c WHERE c.base64_blob IS NOT NULL
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.base64.text' AS role, c.id AS item, substr(c.base64_form, 10) AS sha256, '' AS form FROM task_attachments AS c WHERE substr(c.base64_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.thumbnail' AS role, c.id AS item, c.thumbnail_blob AS sha256, c.thumbnail_form AS form FROM task_attachments AS c WHERE c.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.thumbnail.text' AS role, c.id AS item, substr(c.thumbnail_form, 10) AS sha256, '' AS form FROM task_attachments AS c WHERE substr(c.thumbnail_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.compressed' AS role, c.id AS item, c.compressed_blob AS sha256, c.compressed_form AS form FROM task_attachments AS c WHERE c.compressed_blob IS NOT NULL
UNION ALL
SELECT 'task' AS kind, (SELECT id FROM tasks WHERE pk = c.task_pk) AS id, 'task_attachments.compressed.text' AS role, c.id AS item, substr(c.compressed_form, 10) AS sha256, '' AS form FROM task_attachments AS c WHERE substr(c.compressed_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.base64' AS role, '' AS item, c.base64_blob AS sha256, c.base64_form AS form FROM attachments AS c WHERE c.base64_blob IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.base64.text' AS role, '' AS item, substr(c.base64_form, 10) AS sha256, '' AS form FROM attachments AS c WHERE substr(c.base64_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.thumbnail' AS role, '' AS item, c.thumbnail_blob AS sha256, c.thumbnail_form AS form FROM attachments AS c WHERE c.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.thumbnail.text' AS role, '' AS item, substr(c.thumbnail_form, 10) AS sha256, '' AS form FROM attachments AS c WHERE substr(c.thumbnail_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.compressed' AS role, '' AS item, c.compressed_blob AS sha256, c.compressed_form AS form FROM attachments AS c WHERE c.compressed_blob IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.compressed.text' AS role, '' AS item, substr(c.compressed_form, 10) AS sha256, '' AS form FROM attachments AS c WHERE substr(c.compressed_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.file' AS role, '' AS item, c.file_blob AS sha256, c.file_form AS form FROM attachments AS c WHERE c.file_blob IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, c.id, 'attachments.file.text' AS role, '' AS item, substr(c.file_form, 10) AS sha256, '' AS form FROM attachments AS c WHERE substr(c.file_form, 1, 9) = 'verbatim:'
UNION ALL
SELECT 'quarantine' AS kind, CAST(pk AS TEXT), 'quarantine' AS role, file AS item, blob AS sha256, '' AS form FROM quarantine
UNION ALL
SELECT r.kind, r.id, 'revision' AS role, CAST(r.rev AS TEXT) AS item, b.sha256, '' AS form FROM revision_blobs AS b JOIN revisions AS r ON r.pk = b.revision_pk;

CREATE VIEW v_companies AS -- live companies, readable
SELECT id, name, note_count, created_at, last_updated,
    CASE WHEN json_valid(profile) THEN json_extract(profile, '$.industry') END AS industry,
    CASE WHEN json_valid(profile) THEN json_extract(profile, '$.website') END AS website, rev, saved_at
FROM companies
WHERE trashed_at IS NULL;

CREATE VIEW v_contacts AS -- live contacts, readable
SELECT id, name, note_count, created_at, last_updated,
    CASE WHEN json_valid(profile) THEN json_extract(profile, '$.role') END AS role,
    CASE WHEN json_valid(profile) THEN json_extract(profile, '$.email') END AS email,
    CASE WHEN json_valid(profile) THEN json_extract(profile, '$.companyId') END AS company_id, rev, saved_at
FROM contacts
WHERE trashed_at IS NULL;

CREATE VIEW v_files AS -- every file of a live entity: whose it is, what it is called, and the content that holds it
SELECT 'note' AS kind, e.id, 'attachment' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.base64_blob AS sha256 FROM note_attachments AS i JOIN notes AS e ON e.pk = i.note_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'note' AS kind, e.id, 'thumbnail' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.thumbnail_blob AS sha256 FROM note_attachments AS i JOIN notes AS e ON e.pk = i.note_pk WHERE e.trashed_at IS NULL AND i.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'note' AS kind, e.id, 'smaller recording' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.compressed_blob AS sha256 FROM note_attachments AS i JOIN notes AS e ON e.pk = i.note_pk WHERE e.trashed_at IS NULL AND i.compressed_blob IS NOT NULL
UNION ALL
SELECT 'task' AS kind, e.id, 'attachment' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.base64_blob AS sha256 FROM task_attachments AS i JOIN tasks AS e ON e.pk = i.task_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'task' AS kind, e.id, 'thumbnail' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.thumbnail_blob AS sha256 FROM task_attachments AS i JOIN tasks AS e ON e.pk = i.task_pk WHERE e.trashed_at IS NULL AND i.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'task' AS kind, e.id, 'smaller recording' AS role, i.id AS item, NULL AS attachment_id, i.name, i.type, i.mime_type, i.size, i.compressed_blob AS sha256 FROM task_attachments AS i JOIN tasks AS e ON e.pk = i.task_pk WHERE e.trashed_at IS NULL AND i.compressed_blob IS NOT NULL
UNION ALL
SELECT 'session' AS kind, e.id, 'screenshot' AS role, i.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob, i.attachment_data_blob, i.base64_blob) AS sha256 FROM session_screenshots AS i JOIN sessions AS e ON e.pk = i.session_pk LEFT JOIN attachments AS a ON a.id = i.attachment_id WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'session' AS kind, e.id, 'audio segment' AS role, i.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM session_audio_segments AS i JOIN sessions AS e ON e.pk = i.session_pk LEFT JOIN attachments AS a ON a.id = i.attachment_id WHERE e.trashed_at IS NULL AND i.attachment_id <> ''
UNION ALL
SELECT 'session' AS kind, e.id, 'video chunk' AS role, i.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM session_video_chunks AS i JOIN sessions AS e ON e.pk = i.session_pk LEFT JOIN attachments AS a ON a.id = i.attachment_id WHERE e.trashed_at IS NULL AND i.attachment_id <> ''
UNION ALL
SELECT 'session' AS kind, e.id, 'video' AS role, i.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM session_videos AS i JOIN sessions AS e ON e.pk = i.session_pk JOIN attachments AS a ON a.id = i.full_video_attachment_id WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'session' AS kind, e.id, 'whole audio' AS role, '' AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM sessions AS e JOIN attachments AS a ON a.id = e.full_audio_attachment_id WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'session' AS kind, e.id, 'thumbnail' AS role, i.id AS item, NULL AS attachment_id, i.title, 'image' AS type, '' AS mime_type, 0 AS size, i.thumbnail_blob AS sha256 FROM session_video_chapters AS i JOIN sessions AS e ON e.pk = i.session_pk WHERE e.trashed_at IS NULL AND i.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'session' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM session_links AS l JOIN sessions AS e ON e.pk = l.session_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'note' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM note_links AS l JOIN notes AS e ON e.pk = l.note_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'task' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM task_links AS l JOIN tasks AS e ON e.pk = l.task_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'topic' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM topic_links AS l JOIN topics AS e ON e.pk = l.topic_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'company' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM company_links AS l JOIN companies AS e ON e.pk = l.company_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'contact' AS kind, e.id, 'link' AS role, a.id AS item, a.id AS attachment_id, a.name, a.type, a.mime_type, a.size, coalesce(a.file_blob, a.base64_blob) AS sha256 FROM contact_links AS l JOIN contacts AS e ON e.pk = l.contact_pk JOIN attachments AS a ON a.id = l.id WHERE e.trashed_at IS NULL AND l.kind = 'file'
UNION ALL
SELECT 'attachment' AS kind, e.id, 'attachment' AS role, '' AS item, e.id AS attachment_id, e.name, e.type, e.mime_type, e.size, coalesce(e.file_blob, e.base64_blob) AS sha256 FROM attachments AS e WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'attachment' AS kind, e.id, 'thumbnail' AS role, '' AS item, e.id AS attachment_id, e.name, e.type, e.mime_type, e.size, e.thumbnail_blob AS sha256 FROM attachments AS e WHERE e.trashed_at IS NULL AND e.thumbnail_blob IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, e.id, 'smaller recording' AS role, '' AS item, e.id AS attachment_id, e.name, e.type, e.mime_type, e.size, e.compressed_blob AS sha256 FROM attachments AS e WHERE e.trashed_at IS NULL AND e.compressed_blob IS NOT NULL;

CREATE VIEW v_links AS -- every link of a live entity, from the entity that holds it to the other end
SELECT 'session' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM session_links AS l JOIN sessions AS e ON e.pk = l.session_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'note' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM note_links AS l JOIN notes AS e ON e.pk = l.note_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'task' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM task_links AS l JOIN tasks AS e ON e.pk = l.task_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'topic' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM topic_links AS l JOIN topics AS e ON e.pk = l.topic_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'company' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM company_links AS l JOIN companies AS e ON e.pk = l.company_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'contact' AS from_kind, e.id AS from_id, l.type, l.kind AS to_kind, l.id AS to_id, l.incoming, l.member FROM contact_links AS l JOIN contacts AS e ON e.pk = l.contact_pk WHERE e.trashed_at IS NULL;

CREATE VIEW v_notes AS -- live notes, readable
SELECT e.id, coalesce(nullif(e.title, ''), nullif(e.summary, ''), substr(e.content, 1, 200)) AS title,
    e.status, e.source, e.timestamp, e.last_updated,
    (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM note_tags WHERE note_pk = e.pk ORDER BY pos)) AS tags,
    (SELECT count(*) FROM note_attachments WHERE note_pk = e.pk) AS attachments,
    e.summary, e.content, e.rev, e.saved_at
FROM notes AS e
WHERE e.trashed_at IS NULL;

CREATE VIEW v_sessions AS -- live sessions, readable
SELECT e.id, e.name, e.status, e.start_time, e.end_time, e.total_duration AS minutes,
    (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM session_tags WHERE session_pk = e.pk ORDER BY pos)) AS tags,
    (SELECT count(*) FROM session_screenshots WHERE session_pk = e.pk) AS screenshots,
    (SELECT count(*) FROM session_audio_segments WHERE session_pk = e.pk) AS audio_segments,
    EXISTS (SELECT 1 FROM session_videos WHERE session_pk = e.pk) AS has_video,
    e.category, e.activity_type, e.description, e.rev, e.saved_at
FROM sessions AS e
WHERE e.trashed_at IS NULL;

CREATE VIEW v_tags AS -- every tag of a live entity
SELECT 'session' AS kind, e.id, t.tag FROM session_tags AS t JOIN sessions AS e ON e.pk = t.session_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'note', e.id, t.tag FROM note_tags AS t JOIN notes AS e ON e.pk = t.note_pk WHERE e.trashed_at IS NULL
UNION ALL
SELECT 'task', e.id, t.tag FROM task_tags AS t JOIN tasks AS e ON e.pk = t.task_pk WHERE e.trashed_at IS NULL;

CREATE VIEW v_tasks AS -- live tasks, readable
SELECT e.id, e.title, e.status, e.done, e.priority, e.due_date, e.due_time, e.created_at, e.completed_at,
    (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM task_tags WHERE task_pk = e.pk ORDER BY pos)) AS tags,
    (SELECT count(*) FROM task_subtasks WHERE task_pk = e.pk) AS subtasks,
    (SELECT count(*) FROM task_subtasks WHERE task_pk = e.pk AND done) AS subtasks_done,
    e.description, e.rev, e.saved_at
FROM tasks AS e
WHERE e.trashed_at IS NULL;

CREATE VIEW v_topics AS -- live topics, readable
SELECT id, name, note_count, created_at, last_updated, description, rev, saved_at
FROM topics
WHERE trashed_at IS NULL;

CREATE VIEW v_trash AS -- everything in the trash
SELECT 'session' AS kind, id, name AS title, trashed_at, trash_reason FROM sessions WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'note' AS kind, id, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title, trashed_at, trash_reason FROM notes WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'task' AS kind, id, title AS title, trashed_at, trash_reason FROM tasks WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'topic' AS kind, id, name AS title, trashed_at, trash_reason FROM topics WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'company' AS kind, id, name AS title, trashed_at, trash_reason FROM companies WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'contact' AS kind, id, name AS title, trashed_at, trash_reason FROM contacts WHERE trashed_at IS NOT NULL
UNION ALL
SELECT 'attachment' AS kind, id, name AS title, trashed_at, trash_reason FROM attachments WHERE trashed_at IS NOT NULL;

CREATE TABLE writer ( -- one row; tells the triggers who is writing
    pk INTEGER PRIMARY KEY CHECK (pk = 1),           -- always 1
    active INTEGER NOT NULL,                         -- 1 within a transaction of this program or a trigger of its own; else 0
    foreign_writes INTEGER NOT NULL                  -- how many rows other tools have written
) STRICT;
