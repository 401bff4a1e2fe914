// Package index keeps the search index of a store in step with its records, finds what is in it,
// and compares the two.
//
// The index is derived: it can be dropped and made again at any time without loss. Nothing but
// this package writes its tables, except that triggers put rows into search_dirty. What a text
// and what a question is package fts says, and who reads the records is the caller's.
package index

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"taskstore/fts"
	"taskstore/fts/postings"
	"taskstore/internal/sqlitedb"
)

// Conn runs SQL inside a transaction of the caller: a *sqlitedb.Tx.
type Conn interface {
	Exec(ctx context.Context, text string, args ...any) (sql.Result, error)
	Query(ctx context.Context, text string, args ...any) (*sqlitedb.Rows, error)
}

// querier lets package postings ask.
type querier struct{ c Conn }

func (q querier) Query(ctx context.Context, text string, args ...any) (postings.Rows, error) {
	return q.c.Query(ctx, text, args...)
}

// tables are the statements that make the index, in their order.
var tables = []string{
	`CREATE TABLE search_dirty ( -- what the search index does not know yet
    kind TEXT NOT NULL,       -- kind of the entity
    owner_pk INTEGER NOT NULL, -- its row key; it may be gone
    list TEXT NOT NULL,       -- '*' all of it, '' the entity without its long lists, else the child table
    item_pk INTEGER NOT NULL, -- one row of that table, or 0
    PRIMARY KEY (kind, owner_pk, list, item_pk)
) STRICT, WITHOUT ROWID`,
	`CREATE TABLE search_rows ( -- which text of which entity each row of the search index is
    pk INTEGER PRIMARY KEY,   -- 2^32 and 64 times the minutes since 1970 of its time, and a number; without a time from 64 on; in the trash 2^40 less: the order of keys is the order of time
    kind TEXT NOT NULL,       -- kind of the entity
    owner_pk INTEGER NOT NULL, -- its row key
    list TEXT NOT NULL,       -- child table that the text is from, '' for the entity's own
    item_pk INTEGER NOT NULL, -- the row in that table, or 0
    part TEXT NOT NULL,       -- the moment (screenshots/ID), or the fields and where in body they begin: content@0 summary@812
    at TEXT NOT NULL          -- when it was (UTC); '' unknown
) STRICT`,
	`CREATE TABLE search_full ( -- where the texts of minutes go on that had 64
    minute INTEGER PRIMARY KEY, -- key of its texts divided by 64
    room INTEGER NOT NULL      -- the next minute that is not full
) STRICT`,
	`CREATE INDEX search_rows_by_owner ON search_rows (kind, owner_pk, list, item_pk)`,
	`CREATE TABLE search_text ( -- what was indexed, word for word; only the program writes it, together with the index
    pk INTEGER PRIMARY KEY,   -- of search_rows
    title TEXT NOT NULL,      -- name of the entity
    body TEXT NOT NULL,       -- the text without markup
    title_parts TEXT NOT NULL, -- parts of words and pairs of characters by which the words of title can be found
    body_parts TEXT NOT NULL, -- likewise of body
    kind TEXT NOT NULL        -- terms behind U+E001: kind of the entity, own if this is its own text and not a moment's, and hashes of its status and tags
) STRICT`,
	`CREATE VIRTUAL TABLE search USING fts5 (
    title, body, title_parts, body_parts, kind,
    content = 'search_text', content_rowid = 'pk',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
)`,
	`CREATE TABLE search_words ( -- every word that was indexed since the index was made
    pk INTEGER PRIMARY KEY,   -- row key
    word TEXT NOT NULL UNIQUE -- in lower case, without accents
) STRICT`,
	`CREATE VIRTUAL TABLE search_word_parts USING fts5 (
    word, content = 'search_words', content_rowid = 'pk', tokenize = 'trigram', columnsize = 0
)`,
}

// settings has FTS5 merge all segments within a commit only if there are so many: see merge.go.
const settings = "INSERT INTO search (search, rank) VALUES ('crisismerge', 1000)"

// names are the tables that there must be, shadow tables of FTS5 included.
var names = []string{"search_dirty", "search_rows", "search_full", "search_rows_by_owner", "search_text", "search",
	"search_data", "search_idx", "search_docsize", "search_config",
	"search_words", "search_word_parts", "search_word_parts_data", "search_word_parts_idx", "search_word_parts_config"}

// Tables are the tables of the index, those of FTS5's own included: what a tool
// that looks at the whole database knows as derived.
func Tables() []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "search_rows_by_owner" })
}

// ofFTS5 are the tables in which FTS5 keeps its lists, as it makes them.
var ofFTS5 = []string{
	"CREATE TABLE 'search_data'(id INTEGER PRIMARY KEY, block BLOB)",
	"CREATE TABLE 'search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID",
	"CREATE TABLE 'search_docsize'(id INTEGER PRIMARY KEY, sz BLOB)",
	"CREATE TABLE 'search_config'(k PRIMARY KEY, v) WITHOUT ROWID",
	"CREATE TABLE 'search_word_parts_data'(id INTEGER PRIMARY KEY, block BLOB)",
	"CREATE TABLE 'search_word_parts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID",
	"CREATE TABLE 'search_word_parts_config'(k PRIMARY KEY, v) WITHOUT ROWID",
}

// Definitions are the texts of all tables and indexes of an index that is Ready, as the
// list of a database has them.
func Definitions() []string { return slices.Concat(tables, ofFTS5) }

// stampKey is the row of table store that says which definition is in place.
const stampKey = "search"

// stamp names the definition, for a schema of this version: a migration may
// have changed rows without a trigger.
func stamp(schemaVersion int64) string {
	sum := sha256.Sum256([]byte(strings.Join(tables, ";\n") + "\n" + settings + "\n" + strconv.Itoa(fts.TextVersion) + "\n" + strconv.FormatInt(schemaVersion, 10)))
	return hex.EncodeToString(sum[:])
}

// textsAsBefore are the versions of the schema that a migration leads to which leaves all that is
// indexed as it was: an index from before it is as good after it.
var textsAsBefore = map[int64]bool{7: true}

// fits tells whether what a store says of its index is the stamp for this version of the schema, or
// for an earlier one since which nothing that is indexed has changed.
func fits(is string, schemaVersion int64) bool {
	for is != stamp(schemaVersion) {
		if !textsAsBefore[schemaVersion] {
			return false
		}
		schemaVersion--
	}
	return true
}

// State is what there is of an index.
type State int

// The states of an index.
const (
	Missing State = iota // not there, or not whole
	Stale                // made for another definition or schema
	Ready
)

// Look tells what there is of an index, without writing.
func Look(ctx context.Context, c Conn, schemaVersion int64) (State, error) {
	found, err := column[string](ctx, c, "SELECT name FROM sqlite_master WHERE name IN ('"+strings.Join(names, "', '")+"')")
	if err != nil {
		return Missing, err
	}
	if len(found) != len(names) {
		return Missing, nil
	}
	is, err := column[string](ctx, c, "SELECT value FROM store WHERE key = '"+stampKey+"'")
	if err != nil {
		return Missing, err
	}
	if len(is) != 1 || !fits(is[0], schemaVersion) {
		return Stale, nil
	}
	return Ready, nil
}

// Create makes an empty index in place of whatever there is. The caller then
// marks everything as dirty.
func Create(ctx context.Context, c Conn, schemaVersion int64) error {
	if err := drop(ctx, c); err != nil {
		return err
	}
	if err := create(ctx, c); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, settings); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `INSERT INTO store (key, value) VALUES ('`+stampKey+`', ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = NULL`, stamp(schemaVersion))
	return err
}

func create(ctx context.Context, c Conn) error {
	for _, s := range tables {
		if _, err := c.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// shadows are the tables of FTS5's own, without which it cannot even be dropped.
var shadows = []string{
	"CREATE TABLE IF NOT EXISTS %_data (id INTEGER PRIMARY KEY, block BLOB)",
	"CREATE TABLE IF NOT EXISTS %_idx (segid, term, pgno, PRIMARY KEY (segid, term)) WITHOUT ROWID",
	"CREATE TABLE IF NOT EXISTS %_docsize (id INTEGER PRIMARY KEY, sz BLOB)",
	"CREATE TABLE IF NOT EXISTS %_config (k PRIMARY KEY, v) WITHOUT ROWID",
	"INSERT OR REPLACE INTO %_config (k, v) VALUES ('version', 4)",
	"DROP TABLE %",
}

// former removes what earlier definitions had.
var former = []string{"DROP TABLE IF EXISTS search_new", "DELETE FROM store WHERE key = 'search spill'"}

// drop removes whatever there is of an index, also a damaged one.
func drop(ctx context.Context, c Conn) error {
	there, err := column[string](ctx, c, "SELECT name FROM sqlite_master WHERE name IN ('search', 'search_word_parts')")
	if err != nil {
		return err
	}
	var list []string
	for _, table := range there {
		for _, s := range shadows {
			list = append(list, strings.ReplaceAll(s, "%", table))
		}
	}
	for _, table := range Tables() {
		if table != "search" && table != "search_word_parts" {
			list = append(list, "DROP TABLE IF EXISTS "+table)
		}
	}
	list = append(list, "DROP TABLE IF EXISTS search_word_parts_docsize")
	for _, s := range append(list, former...) {
		if _, err := c.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// column reads the first column of all rows.
func column[T any](ctx context.Context, c Conn, text string, args ...any) ([]T, error) {
	rows, err := c.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}
