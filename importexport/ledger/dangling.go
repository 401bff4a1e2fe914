package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/check"
)

// Dangling is a reference of a record that an import read to something that is not there.
type Dangling struct {
	ID     string // of the record
	File   string // where it was read from
	Detail string // what it refers to, in words
}

// sqlNoAttachment finds sessions with items of a list whose attachment is not there, and how
// many: in the order of the list's own index, so that nothing is sorted.
const (
	sqlNoAttachment = `SELECT i.session_pk AS pk, (SELECT id FROM sessions WHERE pk = i.session_pk) AS id, '%s' AS member,
    'attachment' AS kind, count(*) || ' of them' AS target
FROM %s AS i
WHERE i.attachment_id <> ''
  AND NOT EXISTS (SELECT 1 FROM attachments AS a WHERE a.id = i.attachment_id)
GROUP BY i.session_pk`
	sqlReadFrom = `SELECT file
FROM legacy_records
WHERE collection = ? AND id = ? AND run_pk = ?
LIMIT 1`
)

// listsOfItems are the lists of sessions whose items have attachments, and their tables.
var listsOfItems = [][2]string{{"screenshots", "session_screenshots"}, {"audioSegments", "session_audio_segments"}, {"video.chunks", "session_video_chunks"}}

// Dangling gives fn the references of the records of an import to things that are
// not in the store: links, and attachments (one line for each list of a session).
func (l Ledger) Dangling(ctx context.Context, run int64, fn func(Dangling) error) (err error) {
	defer sqlitedb.Wrap(&err, "look for references of import %d that dangle", run)
	return l.in.read(ctx, func(c sqlitedb.Conn) error {
		add := func(collection string, d check.Dangling) error {
			file, err := readFrom(ctx, c, run, collection, d.ID)
			if err != nil || file == "" {
				return err
			}
			return fn(Dangling{d.ID, file, d.Detail()})
		}
		if err := check.DanglingLinks(ctx, c, add); err != nil {
			return err
		}
		for _, list := range listsOfItems {
			if err := eachWithout(ctx, c, fmt.Sprintf(sqlNoAttachment, list[0], list[1]), add); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachWithout gives add the sessions that a statement finds.
func eachWithout(ctx context.Context, c sqlitedb.Conn, text string, add func(collection string, d check.Dangling) error) error {
	found, err := c.Query(ctx, text)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var d check.Dangling
		if err := found.StructScan(&d); err != nil {
			return err
		}
		if err := add("sessions", d); err != nil {
			return err
		}
	}
	return errors.Join(found.Err(), found.Close())
}

// readFrom gives the file from which an import read a record, "" for one that it did not read.
func readFrom(ctx context.Context, c sqlitedb.Conn, run int64, collection, id string) (file string, err error) {
	err = c.Get(ctx, &file, sqlReadFrom, collection, id, run)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return file, err
}
