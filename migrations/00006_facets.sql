-- +goose Up

-- What records are listed and counted by is derived: which facets a record of a kind is in follows from its description, and the
-- program fills both tables when it opens the store. Each record is in the facet all, and in one for the hour of its date, its
-- status, each of its tags and each link that it holds.

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
CREATE INDEX facets_of_hours ON facets (kind, trash, value, records) WHERE field = 'hour'; -- thousands are summed at once

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
CREATE INDEX facet_rows_by_updated ON facet_rows (facet_pk, updated, owner_pk) WHERE title IS NOT NULL;
CREATE INDEX facet_rows_by_saved ON facet_rows (facet_pk, saved, owner_pk) WHERE title IS NOT NULL;
CREATE INDEX facet_rows_by_title ON facet_rows (facet_pk, title COLLATE NOCASE, owner_pk) WHERE title IS NOT NULL;
