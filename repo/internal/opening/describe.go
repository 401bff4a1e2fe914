package opening

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"strings"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo/check"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// maxDamage is how many findings a manifest names.
const maxDamage = 20

// Describe tells what a copy of a store's database holds; it is what backups are
// made with. Every row is compared with its checksum, every list with its owner,
// and the hash of a collection is over the rows of all its tables. A copy with a
// schema of another version than the program's has counts and contents only: what
// its rows mean is known to the program that wrote them.
func Describe(ctx context.Context, file string) (facts backup.Facts, err error) {
	defer sqlitedb.Wrap(&err, "read what %s holds", file)
	var current bool
	db, err := sqlitedb.Open(ctx, file, sqlitedb.Options{
		ReadOnly: true, URI: url.Values{"mode": {"ro"}, "immutable": {"1"}},
		Check: func(ctx context.Context, conn *sql.Conn) (err error) {
			current, err = schemaOf(ctx, conn, &facts)
			return err
		},
	})
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	err = db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		d := describer{q: q, facts: &facts}
		if err := d.counts(ctx); err != nil {
			return err
		}
		named := sqlNamedContents
		if current { // by its own text, since another tool may have changed the view
			_, text, _ := strings.Cut(migrations.Text("v_blob_refs"), "\n")
			named = strings.Replace(named, "v_blob_refs", "("+text+")", 1)
		}
		if err := d.contents(ctx, named); err != nil || !current {
			return err
		}
		damage, err := check.SchemaDamage(ctx, q)
		if facts.Damage = append(facts.Damage, damage...); err != nil || len(damage) > 0 {
			return err
		}
		return d.hashes(ctx)
	})
	return facts, err
}

// schemaOf notes the version, and tells whether it is the program's.
func schemaOf(ctx context.Context, conn *sql.Conn, facts *backup.Facts) (current bool, err error) {
	st, err := migrations.ReadOpen(ctx, conn)
	facts.Schema = st.Current
	if errors.Is(err, migrations.ErrDamaged) {
		facts.Schema, facts.Damage = st.Target, append(facts.Damage, err.Error())
		return true, nil
	}
	if errors.Is(err, migrations.ErrTooNew) || errors.Is(err, migrations.ErrChanged) {
		return false, nil
	}
	if err == nil && st.Current == 0 {
		return false, fmt.Errorf("%w: the database is empty", ErrNoStore)
	}
	return err == nil && len(st.Pending) == 0, MigrationError(err)
}

// collections are the names of all kinds of records.
func collections() []string {
	names := []string{"settings"}
	for _, r := range rows.Relations {
		names = append(names, r.Name)
	}
	return names
}

// describer is a description at work.
type describer struct {
	q     *sqlitedb.Tx
	facts *backup.Facts
}

func (d describer) counts(ctx context.Context) error {
	d.facts.Counts = map[string]int64{}
	for _, name := range collections() {
		var there bool
		if err := d.q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)", name); err != nil {
			return err
		}
		if !there {
			continue
		}
		text := "SELECT count(*) FROM " + name
		if name != "settings" {
			text += " WHERE trashed_at IS NULL"
		}
		var n int64
		if err := d.q.Get(ctx, &n, text); err != nil {
			return err
		}
		d.facts.Counts[name] = n
	}
	return nil
}

const sqlNamedContents = `SELECT v.sha256, v.form, coalesce(b.size, -1) AS size
FROM (SELECT DISTINCT sha256, CASE WHEN form LIKE 'verbatim%' THEN form ELSE '' END AS form FROM v_blob_refs) AS v
LEFT JOIN blobs AS b ON b.sha256 = v.sha256`

// contents lists what the rows name, with what their forms name: the text of a
// content that does not follow from its bytes.
func (d describer) contents(ctx context.Context, named string) error {
	result, err := d.q.Query(ctx, named)
	if err != nil {
		return err
	}
	defer result.Close()
	sizes := map[string]int64{}
	for result.Next() {
		var c schema.Content
		var size int64
		if err := result.Scan(&c.Blob, &c.Form, &size); err != nil {
			return err
		}
		sizes[c.Blob] = size
		if text, ok := c.Verbatim(); ok {
			if _, known := sizes[text]; !known {
				sizes[text] = -1
			}
		}
	}
	if err := errors.Join(result.Err(), result.Close()); err != nil {
		return err
	}
	for sha, size := range sizes {
		if !blobs.IsHash(sha) {
			continue // another tool wrote it, and no content has such a name: a check tells
		}
		if size < 0 {
			var known []int64
			if err := d.q.Select(ctx, &known, "SELECT size FROM blobs WHERE sha256 = ?", sha); err != nil {
				return err
			}
			for _, n := range known {
				size = n
			}
		}
		d.facts.Contents = append(d.facts.Contents, backup.Content{SHA256: sha, Size: size})
	}
	return nil
}

// hashes reads every row once, for its checksum and for the hash of its
// collection.
func (d describer) hashes(ctx context.Context) error {
	d.facts.Hashes = map[string]string{}
	sums := map[string]hash.Hash{}
	var buf []byte
	problems, err := check.EachChecked(ctx, d.q, func(collection, table string, vals []any) {
		h := sums[collection]
		if h == nil {
			h = sha256.New()
			sums[collection] = h
		}
		buf = append(append(buf[:0], table...), 0)
		for _, v := range vals {
			buf = rows.AppendValue(buf, "", v)
			buf = append(buf, ';')
		}
		h.Write(buf)
	})
	if err != nil {
		return err
	}
	for _, name := range collections() {
		h := sums[name]
		if h == nil {
			h = sha256.New()
		}
		d.facts.Hashes[name] = hex.EncodeToString(h.Sum(nil))
	}
	for _, p := range problems {
		if p.Severity == check.SeverityError && len(d.facts.Damage) < maxDamage {
			d.facts.Damage = append(d.facts.Damage, p.Kind+" "+p.ID+": "+p.Detail)
		}
	}
	return nil
}
