package repo

import (
	"context"

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
	defer wrap(&err, "list the attachments that nothing refers to")
	err = l.in.read(ctx, func(q execer) error { return q.sel(ctx, &list, sqlOrphans) })
	return list, err
}

// VideoPaths gives the paths under which sessions name their videos.
func (l Legacy) VideoPaths(ctx context.Context) (paths []string, err error) {
	defer wrap(&err, "list the paths of videos")
	err = l.in.read(ctx, func(q execer) error {
		return q.sel(ctx, &paths, `SELECT path FROM session_videos WHERE path IS NOT NULL
UNION
SELECT optimized_path FROM session_videos WHERE optimized_path IS NOT NULL`)
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
	defer wrap(&err, "list the sessions")
	err = l.in.read(ctx, func(q execer) error {
		return q.sel(ctx, &list, "SELECT id, name, coalesce(start_time, '') AS start_time, coalesce(end_time, '') AS end_time\nFROM sessions\nORDER BY start_time")
	})
	return list, err
}

// SessionsWith gives the sessions that have a content, under whatever attachment.
func (l Legacy) SessionsWith(ctx context.Context, sha256 string) (ids []string, err error) {
	defer wrap(&err, "look for sessions with content %s", sha256)
	err = l.in.read(ctx, func(q execer) error {
		return q.sel(ctx, &ids, `SELECT DISTINCT s.id
FROM attachments AS a
JOIN (
    SELECT session_pk, attachment_id FROM session_screenshots
    UNION ALL
    SELECT session_pk, attachment_id FROM session_audio_segments
    UNION ALL
    SELECT session_pk, attachment_id FROM session_video_chunks
) AS i ON i.attachment_id = a.id
JOIN sessions AS s ON s.pk = i.session_pk
WHERE a.file_blob = ?`, sha256)
	})
	return ids, err
}
