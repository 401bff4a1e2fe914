-- +goose Up

-- What is in the trash of contents, its directory says. Since when nothing has needed a content is noted
-- in one place, wherever the content is: what went to the trash is noted anew, and has no row in blobs.
-- rows: blob_trash may shrink

ALTER TABLE blob_idle RENAME TO blob_idle_before;
CREATE TABLE blob_idle ( -- contents that nothing needed at the last collection, those in the trash included
    sha256 TEXT PRIMARY KEY,                         -- the content
    since TEXT NOT NULL                              -- the first collection that found it so, or when it went to the trash (UTC)
) STRICT, WITHOUT ROWID;
INSERT INTO blob_idle (sha256, since) SELECT sha256, since FROM blob_idle_before;
INSERT OR REPLACE INTO blob_idle (sha256, since) SELECT sha256, trashed_at FROM blob_trash;
DROP TABLE blob_idle_before;
DROP TABLE blob_trash;

-- Rows without an owner that a repair had kept named contents without that being noted. A damaged one names none.

INSERT OR IGNORE INTO revision_blobs (revision_pk, sha256)
SELECT r.pk, CASE WHEN j.key LIKE '%\_form' ESCAPE '\' THEN substr(j.value, 10) ELSE j.value END
FROM revisions AS r, json_each(CASE WHEN json_valid(r.body) THEN r.body ELSE '{}' END) AS j
WHERE r.encoding = 'row' AND j.type = 'text' AND (j.key LIKE '%\_blob' ESCAPE '\' OR j.key LIKE '%\_form' ESCAPE '\' AND j.value LIKE 'verbatim:%');
