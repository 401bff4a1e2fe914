package repo

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Orphan is a live attachment with a content that no record refers to.
type Orphan struct {
	ID        string      `db:"id"`
	Name      string      `db:"name"`
	Type      string      `db:"type"`
	Path      string      `db:"path"`
	CreatedAt schema.Time `db:"created_at"`
	SHA256    string      `db:"sha256"`
	Size      int64       `db:"size"`
}

// sqlOrphans finds attachments that nothing names by their id. Those that a video
// names by its path are left to the caller, who knows what a path means.
const sqlOrphans = `SELECT a.id, a.name, a.type, coalesce(a.path, '') AS path, coalesce(a.created_at, '') AS created_at,
    a.file_blob AS sha256, coalesce(b.size, 0) AS size
FROM attachments AS a
LEFT JOIN blobs AS b ON b.sha256 = a.file_blob
WHERE a.trashed_at IS NULL
  AND a.file_blob IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM session_screenshots WHERE attachment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM session_audio_segments WHERE attachment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM session_video_chunks WHERE attachment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM session_videos WHERE full_video_attachment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM sessions WHERE full_audio_attachment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM note_attachments WHERE id = a.id)
  AND NOT EXISTS (SELECT 1 FROM task_attachments WHERE id = a.id)
  AND NOT EXISTS (SELECT 1 FROM session_links WHERE id = a.id AND kind = 'file')
  AND NOT EXISTS (SELECT 1 FROM note_links WHERE id = a.id AND kind = 'file')
  AND NOT EXISTS (SELECT 1 FROM task_links WHERE id = a.id AND kind = 'file')
ORDER BY a.created_at, a.pk`

// Orphans lists the attachments that no record names by their id.
func (l Legacy) Orphans(ctx context.Context) (list []Orphan, err error) {
	defer sqlitedb.Wrap(&err, "list the attachments that nothing refers to")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error { return q.Select(ctx, &list, sqlOrphans) })
	return list, err
}

// SessionVideo is where a session says that its video is.
type SessionVideo struct {
	Session string `db:"session"`
	Path    string `db:"path"`
}

// VideoPaths gives the paths under which sessions name their videos; with a run other
// than 0, only those of sessions that this import read.
func (l Legacy) VideoPaths(ctx context.Context, run int64) (paths []SessionVideo, err error) {
	defer sqlitedb.Wrap(&err, "list the paths of videos")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &paths, `SELECT s.id AS session, v.path
FROM (
    SELECT session_pk, path FROM session_videos WHERE path <> ''
    UNION
    SELECT session_pk, optimized_path FROM session_videos WHERE optimized_path <> ''
) AS v
JOIN sessions AS s ON s.pk = v.session_pk
WHERE ?1 = 0 OR EXISTS (SELECT 1 FROM legacy_records WHERE run_pk = ?1 AND collection = 'sessions' AND id = s.id)
ORDER BY s.id, v.path`, run)
	})
	return paths, err
}

// SessionSpan is when a session took place.
type SessionSpan struct {
	ID    string      `db:"id"`
	Name  string      `db:"name"`
	Start schema.Time `db:"start_time"`
	End   schema.Time `db:"end_time"` // "" where it never ended
}

// SessionSpans gives the spans of all sessions, those in the trash included, by
// their start.
func (l Legacy) SessionSpans(ctx context.Context) (list []SessionSpan, err error) {
	defer sqlitedb.Wrap(&err, "list the sessions")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, "SELECT id, name, coalesce(start_time, '') AS start_time, coalesce(end_time, '') AS end_time\nFROM sessions\nORDER BY start_time")
	})
	return list, err
}

// SharedContent is a content that several attachments have, and a session that refers
// to one of these.
type SharedContent struct {
	SHA256  string `db:"sha256"`
	Session string `db:"session"`
}

// SharedContents lists the contents that stand under more than one attachment, with the
// sessions that have them.
func (l Legacy) SharedContents(ctx context.Context) (list []SharedContent, err error) {
	defer sqlitedb.Wrap(&err, "look for contents that sessions share")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, `WITH shared AS (
    SELECT file_blob FROM attachments WHERE file_blob IS NOT NULL GROUP BY file_blob HAVING count(*) > 1
)
SELECT DISTINCT a.file_blob AS sha256, s.id AS session
FROM (
    SELECT session_pk, attachment_id FROM session_screenshots
    UNION ALL
    SELECT session_pk, attachment_id FROM session_audio_segments
    UNION ALL
    SELECT session_pk, attachment_id FROM session_video_chunks
    UNION ALL
    SELECT session_pk, full_video_attachment_id FROM session_videos
    UNION ALL
    SELECT pk, full_audio_attachment_id FROM sessions
) AS i
JOIN attachments AS a ON a.id = i.attachment_id
JOIN sessions AS s ON s.pk = i.session_pk
WHERE a.file_blob IN (SELECT file_blob FROM shared)
ORDER BY 1, 2`)
	})
	return list, err
}
