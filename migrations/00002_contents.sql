-- +goose Up

-- What becomes of contents that nothing refers to, and what reading the contents has found. A content
-- in the blob directory has a row in blobs, one that was moved to the directory's trash a row in
-- blob_trash. Who needs a content is never counted: v_blob_refs derives it from the rows.

CREATE TABLE blob_trash ( -- contents that nothing referred to, moved to the trash of the blob directory
    sha256 TEXT PRIMARY KEY,                         -- of the plain bytes; names the file
    size INTEGER NOT NULL,                           -- plain bytes
    stored INTEGER NOT NULL,                         -- bytes on disk
    encoding TEXT NOT NULL DEFAULT '',               -- '' as it is, or zstd
    mime_type TEXT NOT NULL DEFAULT '',              -- from the content
    added_at TEXT NOT NULL,                          -- when it came (UTC)
    trashed_at TEXT NOT NULL                         -- when it went to the trash (UTC)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_idle ( -- contents that nothing referred to at the last collection
    sha256 TEXT PRIMARY KEY,                         -- the content
    since TEXT NOT NULL                              -- the first collection that found it so (UTC)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE blob_problems ( -- contents that were damaged or missing when they were last looked at
    sha256 TEXT PRIMARY KEY,                         -- the content
    problem TEXT NOT NULL,                           -- damaged, missing or unreadable
    detail TEXT NOT NULL,                            -- what was found
    found_at TEXT NOT NULL                           -- when (UTC)
) STRICT, WITHOUT ROWID;

-- A text that does not follow from its bytes is a content of its own, named in *_form.
CREATE INDEX session_video_chapters_by_thumbnail_text ON session_video_chapters (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';
CREATE INDEX session_screenshots_by_attachment_data_text ON session_screenshots (substr(attachment_data_form, 10)) WHERE substr(attachment_data_form, 1, 9) = 'verbatim:';
CREATE INDEX session_screenshots_by_base64_text ON session_screenshots (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';
CREATE INDEX note_attachments_by_base64_text ON note_attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';
CREATE INDEX note_attachments_by_thumbnail_text ON note_attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';
CREATE INDEX note_attachments_by_compressed_text ON note_attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';
CREATE INDEX task_attachments_by_base64_text ON task_attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';
CREATE INDEX task_attachments_by_thumbnail_text ON task_attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';
CREATE INDEX task_attachments_by_compressed_text ON task_attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';
CREATE INDEX attachments_by_base64_text ON attachments (substr(base64_form, 10)) WHERE substr(base64_form, 1, 9) = 'verbatim:';
CREATE INDEX attachments_by_thumbnail_text ON attachments (substr(thumbnail_form, 10)) WHERE substr(thumbnail_form, 1, 9) = 'verbatim:';
CREATE INDEX attachments_by_compressed_text ON attachments (substr(compressed_form, 10)) WHERE substr(compressed_form, 1, 9) = 'verbatim:';
CREATE INDEX attachments_by_file_text ON attachments (substr(file_form, 10)) WHERE substr(file_form, 1, 9) = 'verbatim:';

-- States that another tool overwrote are kept by triggers, as rows; so are the contents that they need.

-- +goose StatementBegin
CREATE TRIGGER revisions_blobs AFTER INSERT ON revisions
WHEN NEW.encoding = 'row'
BEGIN
    INSERT OR IGNORE INTO revision_blobs (revision_pk, sha256)
    SELECT NEW.pk, CASE WHEN key LIKE '%\_form' ESCAPE '\' THEN substr(value, 10) ELSE value END
    FROM json_each(NEW.body)
    WHERE type = 'text' AND (key LIKE '%\_blob' ESCAPE '\' OR key LIKE '%\_form' ESCAPE '\' AND value LIKE 'verbatim:%');
END;
-- +goose StatementEnd

INSERT OR IGNORE INTO revision_blobs (revision_pk, sha256)
SELECT r.pk, CASE WHEN j.key LIKE '%\_form' ESCAPE '\' THEN substr(j.value, 10) ELSE j.value END
FROM revisions AS r, json_each(CASE r.encoding WHEN 'row' THEN r.body ELSE '{}' END) AS j
WHERE r.encoding = 'row' AND j.type = 'text' AND (j.key LIKE '%\_blob' ESCAPE '\' OR j.key LIKE '%\_form' ESCAPE '\' AND j.value LIKE 'verbatim:%');

DROP VIEW v_blob_refs;
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
