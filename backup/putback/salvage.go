package putback

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"taskstore/backup/pages"
	"taskstore/internal/sqlfile"
)

// Salvaged says what became of one table of a wreck.
type Salvaged struct {
	Table   string `json:"table"`
	Rows    int64  `json:"rows"`    // that were read
	Damaged bool   `json:"damaged"` // not all of the table could be read
	Unread  []Row  `json:"unread"`  // those that could not, as an index or a backup tells
	Unknown bool   `json:"unknown"` // nothing tells which rows there were where it could not be read
}

// Row is one that could not be read.
type Row struct {
	Key      string `json:"key"`          // its columns, with spaces between them
	ID       string `json:"id,omitempty"` // what its column id or key says, where somebody knows
	OfBackup bool   `json:"of_backup"`    // the backup gave it back
	// OfRevision names the revision as which its history gave it back, At when that ended. Without
	// either it is lost.
	OfRevision string `json:"of_revision,omitempty"`
	At         string `json:"at,omitempty"`
	// Lists are its long lists and documents that came back with it, by their names.
	Lists map[string]Regained `json:"lists,omitempty"`
	Apart string              `json:"apart,omitempty"` // why none of them did, though they were there
}

// Regained is how much of a list came back.
type Regained struct {
	Came int `json:"came"`
	// Empty counts the places below its last that nothing has, where rows of its table could not be
	// read: what was there was removed before, or is lost.
	Empty int `json:"empty,omitempty"`
}

// Lost counts the rows that are nowhere.
func (s Salvaged) Lost() (n int) {
	for _, r := range s.Unread {
		if !r.OfBackup && r.OfRevision == "" {
			n++
		}
	}
	return n
}

// Salvage carries over what can be read of a damaged database, the file wreck, to the
// database in the file to, which has the tables already and no rows in those that are
// carried over. A table is read by its keys, from both ends and between what cannot be
// read. Rows that an index tells of and that cannot be read come from the file old, of a
// backup, where that has the same key; old may be "". Tables for which skip is true are
// left out; those that only the wreck has are made. The files wreck and old are
// of nobody else.
func Salvage(ctx context.Context, wreck, old, to string, skip func(table string) bool) (list []Salvaged, err error) {
	defer pages.Wrap(&err, "carry over what can be read of %s", wreck)
	s := salvage{}
	if s.from, err = sqlfile.Open(wreck, "mode=rw&_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	defer s.from.Close()
	if s.to, err = sqlfile.Open(to, "mode=rw&_pragma=foreign_keys(0)&_pragma=synchronous(0)"); err != nil {
		return nil, err
	}
	defer s.to.Close()
	if old != "" {
		if s.old, err = sqlfile.Open(old, "mode=ro&immutable=1"); err != nil {
			return nil, err
		}
		defer s.old.Close()
	}
	tables, err := s.tables(ctx, skip)
	if err != nil {
		return nil, err
	}
	for _, name := range tables {
		one, err := s.table(ctx, name)
		if err != nil {
			return list, fmt.Errorf("table %s: %w", name, err)
		}
		list = append(list, one)
	}
	_, err = s.to.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return list, err
}

// salvage is a Salvage at work.
type salvage struct {
	from, old, to *sql.DB
}

const sqlTables = `SELECT name
FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY name`

// tables are those that are carried over. What the wreck alone has is made first.
func (s *salvage) tables(ctx context.Context, skip func(string) bool) ([]string, error) {
	theirs, err := sqlfile.Column(ctx, s.from, sqlTables)
	if err != nil {
		return nil, err
	}
	ours, err := sqlfile.Column(ctx, s.to, sqlTables)
	if err != nil {
		return nil, err
	}
	for _, name := range theirs {
		if slices.Contains(ours, name) || skip(name) {
			continue
		}
		var text string
		if err := s.from.QueryRowContext(ctx, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", name).Scan(&text); err != nil {
			return nil, err
		}
		if _, err := s.to.ExecContext(ctx, text); err != nil {
			return nil, err
		}
		ours = append(ours, name)
	}
	return slices.DeleteFunc(ours, skip), nil
}

// table carries one table over.
func (s *salvage) table(ctx context.Context, name string) (done Salvaged, err error) {
	done = Salvaged{Table: name, Unread: []Row{}}
	t, err := s.describe(ctx, name)
	if err != nil {
		return done, err
	}
	tx, err := s.to.BeginTx(ctx, nil)
	if err != nil {
		return done, err
	}
	defer func() { _ = tx.Rollback() }()                                  // unless it was committed
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+t.name); err != nil { // rows that a new database begins with
		return done, err
	}
	r := rescue{t: t, s: s, tx: tx, done: &done, bad: map[string][]any{}, ids: map[string]string{}}
	if err := r.run(ctx); err != nil || done.Damaged && done.Rows == 0 && done.Lost() == len(done.Unread) {
		return done, err
	}
	return done, tx.Commit()
}

// tableOf describes a table that is carried over.
type tableOf struct {
	name    string   // quoted
	key     []string // quoted; rowid if there is no other
	columns []string // quoted, that both have
	where   string   // every column of the key is that of a row
	indexes []indexOf
}

// indexOf is an index that holds every row.
type indexOf struct {
	name    string   // quoted
	columns []string // quoted
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = quote(name)
	}
	return out
}

// describe finds out how to read a table. What the wreck does not have of it stays out.
func (s *salvage) describe(ctx context.Context, name string) (t tableOf, err error) {
	t.name = quote(name)
	columns := "SELECT name FROM pragma_table_info(" + literal(name) + ")"
	ours, err := sqlfile.Column(ctx, s.to, columns)
	if err != nil {
		return t, err
	}
	theirs, err := sqlfile.Column(ctx, s.from, columns)
	if err != nil {
		return t, err
	}
	for _, c := range ours {
		if len(theirs) == 0 || slices.Contains(theirs, c) {
			t.columns = append(t.columns, quote(c))
		}
	}
	rowid, err := sqlfile.Column(ctx, s.to, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr = 0 AND name = "+literal(name))
	if err != nil {
		return t, err
	}
	key, err := sqlfile.Column(ctx, s.to, columns+" WHERE pk > 0 ORDER BY pk")
	if err != nil {
		return t, err
	}
	if t.key = quoteAll(key); len(rowid) > 0 {
		t.key = []string{"rowid"}
	}
	t.where = strings.Join(t.key, " = ? AND ") + " = ?"
	if len(rowid) > 0 {
		indexes, err := sqlfile.Column(ctx, s.to, "SELECT name FROM pragma_index_list("+literal(name)+") WHERE partial = 0 ORDER BY seq")
		if err != nil {
			return t, err
		}
		for _, index := range indexes {
			columns, err := sqlfile.Column(ctx, s.to, "SELECT name FROM pragma_index_info("+literal(index)+") WHERE name IS NOT NULL ORDER BY seqno")
			if err != nil {
				return t, err
			}
			if len(columns) > 0 {
				t.indexes = append(t.indexes, indexOf{quote(index), quoteAll(columns)})
			}
		}
	}
	return t, nil
}

// literal is a text in SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
