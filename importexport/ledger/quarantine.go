package ledger

import (
	"context"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Quarantined is something that could not be read; its bytes are a content.
type Quarantined struct {
	PK      int64       `db:"pk" json:"id"`
	Run     int64       `db:"run_pk" json:"run"`
	File    string      `db:"file" json:"file"`
	Pointer string      `db:"pointer" json:"pointer"`
	Code    string      `db:"code" json:"code"`
	Reason  string      `db:"reason" json:"reason"`
	Blob    string      `db:"blob" json:"sha256"`
	Size    int64       `db:"size" json:"size"`
	AddedAt schema.Time `db:"added_at" json:"added_at"`
}

// AddQuarantined keeps something that could not be read: its bytes are the content
// item.Blob, which was put before. Adding the same again changes nothing.
func (l Ledger) AddQuarantined(ctx context.Context, item Quarantined) (err error) {
	defer sqlitedb.Wrap(&err, "put %s into quarantine", item.File)
	return l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		_, err := c.Exec(ctx, `INSERT INTO quarantine (run_pk, file, pointer, code, reason, blob, size, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (file, pointer, blob) DO NOTHING`,
			item.Run, item.File, item.Pointer, item.Code, item.Reason, item.Blob, item.Size, string(now))
		return err
	})
}

// Quarantine lists what is in quarantine, in the order in which it was found.
func (l Ledger) Quarantine(ctx context.Context) (list []Quarantined, err error) {
	defer sqlitedb.Wrap(&err, "list the quarantine")
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &list, "SELECT pk, run_pk, file, pointer, code, reason, blob, size, added_at\nFROM quarantine\nORDER BY pk")
	})
	return list, err
}
