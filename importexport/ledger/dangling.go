package ledger

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
)

// Dangling is a reference of a record that an import read to something that is not there.
type Dangling struct {
	ID     string // of the record
	File   string // where it was read from
	Detail string // what it refers to, in words
}

const (
	// sqlNoAttachment finds sessions with items whose attachment is not there, and how many.
	sqlNoAttachment = `SELECT e.pk, e.id, i.list AS member, 'attachment' AS kind, count(*) || ' of them' AS target
FROM (
    SELECT session_pk, attachment_id, 'screenshots' AS list FROM session_screenshots
    UNION ALL
    SELECT session_pk, attachment_id, 'audioSegments' FROM session_audio_segments
    UNION ALL
    SELECT session_pk, attachment_id, 'video.chunks' FROM session_video_chunks
) AS i
JOIN sessions AS e ON e.pk = i.session_pk
WHERE i.attachment_id <> ''
  AND NOT EXISTS (SELECT 1 FROM attachments AS a WHERE a.id = i.attachment_id)
GROUP BY e.pk, i.list`
	sqlReadFrom = `SELECT file
FROM legacy_records
WHERE collection = ? AND id = ? AND run_pk = ?
LIMIT 1`
)

// Dangling lists the references of the records of an import to things that are
// not in the store: links, and attachments (one line for each list of a session).
func (l Ledger) Dangling(ctx context.Context, run int64) (list []Dangling, err error) {
	defer sqlitedb.Wrap(&err, "look for references of import %d that dangle", run)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		add := func(collection string, d check.Dangling) error {
			file, err := readFrom(ctx, c, run, collection, d.ID)
			if err == nil && file != "" {
				list = append(list, Dangling{d.ID, file, d.Detail()})
			}
			return err
		}
		if err := check.DanglingLinks(ctx, c, add); err != nil {
			return err
		}
		var more []check.Dangling
		if err := c.Select(ctx, &more, sqlNoAttachment); err != nil {
			return err
		}
		for _, d := range more {
			if err := add("sessions", d); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// readFrom gives the file from which an import read a record, "" for one that it did not read.
func readFrom(ctx context.Context, c sqlitedb.Conn, run int64, collection, id string) (file string, err error) {
	err = c.Get(ctx, &file, sqlReadFrom, collection, id, run)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return file, err
}
