package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"taskstore/internal/sqlfile"
)

// Mend makes the list of tables of the store in the file db what this program makes, and
// says what it did. Rows are not touched:
//
//   - A text that differs in a few bytes, as damage leaves it, or whose columns differ in
//     their names alone, becomes what it was; a table that lacks columns gets them, empty.
//   - A table that is gone is made anew, empty; so are indexes, views and triggers.
//   - Indexes that SQLite finds damaged are made anew from their tables.
//   - Triggers of other programs go; known names those of this one that are not its own.
//   - The marks in the header and the list of applied files are set.
//
// What it cannot mend stays, and its error says so beside what was done. Nobody else has
// the store open, and the caller has a copy of it.
func Mend(ctx context.Context, db string, known func(Object) bool) (done []string, err error) {
	defer wrap(&err, "mend the tables of %s", db)
	// Other pragmas would read the list, which may be one that cannot be read.
	pool, err := sqlfile.Open(db, "mode=rw&_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return MendOn(ctx, conn, known)
}

// MendOn is Mend over a connection, which may be one that keeps all others out.
func MendOn(ctx context.Context, conn *sql.Conn, known func(Object) bool) (done []string, err error) {
	defer wrap(&err, "mend the tables")
	if _, err := conn.ExecContext(ctx, "PRAGMA writable_schema = 1"); err != nil {
		return nil, err
	}
	m := &mending{conn: conn, known: known}
	if err := m.within(ctx); err != nil {
		return nil, err
	}
	if m.holes { // what was cut off the list left its pages behind
		if _, err := conn.ExecContext(ctx, "VACUUM"); err != nil {
			return m.done, err
		}
	}
	return m.done, errors.Join(m.left...)
}

// mending is a repair of a schema at work.
type mending struct {
	conn  *sql.Conn
	known func(Object) bool
	done  []string
	left  []error // what could not be mended
	holes bool
}

func (m *mending) did(format string, args ...any) {
	m.done = append(m.done, fmt.Sprintf(format, args...))
}

// within does it in one transaction. With a list that cannot be read SQLite loads what it
// can, and says so once, if it may be written to.
func (m *mending) within(ctx context.Context) (err error) {
	_ = m.exec(ctx, "SELECT count(*) FROM sqlite_schema")
	if err := m.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.exec(context.WithoutCancel(ctx), "ROLLBACK"))
		}
	}()
	if err := m.texts(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{m.missing, m.columns, m.indexes, m.strangers, m.header, m.ledger} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return m.exec(ctx, "COMMIT")
}

func (m *mending) exec(ctx context.Context, text string, args ...any) error {
	_, err := m.conn.ExecContext(ctx, text, args...)
	return err
}

// listedObject is a row of the list.
type listedObject struct {
	Object
	row  int64
	root int64
}

func (m *mending) list(ctx context.Context) (list []listedObject, err error) {
	return sqlfile.All(ctx, m.conn, func(o *listedObject) []any {
		return []any{&o.row, &o.Type, &o.Name, &o.Table, &o.root, &o.SQL}
	}, "SELECT rowid, coalesce(type, ''), coalesce(name, ''), coalesce(tbl_name, ''), coalesce(rootpage, 0), iif(typeof(sql) = 'blob', 'bytes: ' || sql, coalesce(sql, '')) FROM sqlite_schema")
}

// names makes true what the list cannot mean: see SQLMisnamed.
func (m *mending) names(ctx context.Context) error {
	for _, text := range []string{
		`UPDATE sqlite_schema SET type = CAST(type AS TEXT), name = CAST(name AS TEXT), tbl_name = CAST(tbl_name AS TEXT)
WHERE 'blob' IN (typeof(type), typeof(name), typeof(tbl_name))`,
		`UPDATE sqlite_schema SET type = 'index', tbl_name = rtrim(rtrim(substr(name, length('sqlite_autoindex_') + 1), '0123456789'), '_')
WHERE ` + ownIndexMisnamed,
		"UPDATE sqlite_schema SET rootpage = 0 WHERE " + strangePage,
	} {
		res, err := m.conn.ExecContext(ctx, text)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n > 0 {
			m.did("put what the list says of %d objects right", n)
		}
	}
	return nil
}

// texts puts right what is in the list under other words, and has it read again.
func (m *mending) texts(ctx context.Context) error {
	if err := m.names(ctx); err != nil {
		return err
	}
	list, err := m.list(ctx)
	if err != nil {
		return err
	}
	for _, want := range Objects() {
		i := slices.IndexFunc(list, func(o listedObject) bool { return o.Type == want.Type && o.Name == want.Name })
		if i < 0 {
			i = slices.IndexFunc(list, func(o listedObject) bool { return near(o.SQL, want.SQL) })
		}
		if i < 0 || list[i].Object == want {
			continue
		}
		fits, err := m.fits(ctx, list[i].Object, want)
		if err != nil || !fits {
			if err != nil {
				return err
			}
			continue
		}
		if err := m.exec(ctx, "UPDATE sqlite_schema SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?",
			want.Type, want.Name, want.Table, want.SQL, list[i].row); err != nil {
			return err
		}
		m.did("put the definition of %s %s right", want.Type, want.Name)
	}
	return m.reload(ctx)
}

// reload has this connection, and all others, read the list again.
func (m *mending) reload(ctx context.Context) error {
	var version int64
	if err := m.conn.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return err
	}
	return errors.Join(m.exec(ctx, fmt.Sprintf("PRAGMA schema_version = %d", version+1)), m.exec(ctx, "PRAGMA writable_schema = RESET"))
}

// near tells that one text can be the other with a few bytes damaged.
func near(a, b string) bool {
	const few = 8
	if len(a) != len(b) || len(a) < 4*few {
		return false
	}
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n <= few
}

// fits tells whether what is stored for an object can be read with the text that it should
// have. Of a table that says how its rows lie; the rest is derived from it.
func (m *mending) fits(ctx context.Context, is, want Object) (bool, error) {
	if want.Type != "table" || near(is.SQL, want.SQL) {
		return true, nil
	}
	cols, err := columnsOf(ctx, m.conn, want.Name)
	if err != nil {
		return false, err
	}
	should, err := Columns()
	return err == nil && renamed(cols, should[want.Name]), err
}

// renamed tells that columns are those that they should be but for some of their names.
func renamed(is, should []Column) bool {
	if len(is) != len(should) {
		return false
	}
	names := func(list []Column, name string) bool {
		return slices.ContainsFunc(list, func(c Column) bool { return c.Name == name })
	}
	for i, c := range is {
		w := should[i]
		if c.Name != w.Name && (names(should, c.Name) || names(is, w.Name)) || c.Type != w.Type || c.PK != w.PK {
			return false
		}
	}
	return true
}

// missing makes what is not in the list.
func (m *mending) missing(ctx context.Context) error {
	list, err := m.list(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, o := range list {
		there[o.Type+" "+o.Name] = true
	}
	for _, tables := range []bool{true, false} {
		for _, want := range Objects() {
			if (want.Type == "table") != tables || there[want.Type+" "+want.Name] {
				continue
			}
			if err := m.exec(ctx, want.SQL); err != nil {
				m.left = append(m.left, fmt.Errorf("%s %s cannot be made: %w", want.Type, want.Name, err))
				continue
			}
			if tables {
				m.did("made table %s anew, empty", want.Name)
			} else {
				m.did("made %s %s anew", want.Type, want.Name)
			}
		}
	}
	return nil
}

// columns adds what tables lack.
func (m *mending) columns(ctx context.Context) error {
	should, err := Columns()
	if err != nil {
		return err
	}
	for _, want := range Objects() {
		if want.Type != "table" {
			continue
		}
		is, err := columnsOf(ctx, m.conn, want.Name)
		if err != nil {
			return err
		}
		for _, c := range Lacking(is, should[want.Name]) {
			if err := m.exec(ctx, "ALTER TABLE "+want.Name+" ADD COLUMN "+columnText(want.SQL, c.Name)); err != nil {
				m.left = append(m.left, fmt.Errorf("column %s of table %s cannot be made: %w", c.Name, want.Name, err))
				continue
			}
			m.did("made column %s of table %s anew, empty", c.Name, want.Name)
		}
	}
	return nil
}

// columnText is how the text of a table defines a column, without comments.
func columnText(sql, name string) string {
	m := regexp.MustCompile(`(?m)^\s*,?\s*(` + name + `\s[^\n]*?),?\s*(?:--[^\n]*|/\*.*)?$`).FindStringSubmatch(sql)
	if m == nil {
		return name
	}
	return m[1]
}
