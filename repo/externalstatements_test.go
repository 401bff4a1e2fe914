package repo_test

import (
	"slices"
	"strings"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// externalDump gives for each table the query of its rows as text.
var externalDump = map[string]string{}

func init() {
	of := func(table string, cols ...string) {
		externalDump[table] = "SELECT '" + table + ":' || quote(" + strings.Join(cols, ") || ' ' || quote(") + ") FROM " + table
	}
	for _, r := range rows.Relations {
		of(r.Name, append(rows.Names(r.Cols), "lists", "sum")...)
		for _, c := range r.Children {
			of(c.Table, append(c.StoredColumns(), "sum")...)
		}
	}
	of("settings", "key", "value", "rev", "saved_at", "sum")
	of("revisions", "pk", "kind", "id", "owner_pk", "rev", "part", "change", "origin", "at", "source", "sha256", "encoding", "body", "sum", "damaged")
	of("revision_blobs", "revision_pk", "sha256")
	of("revision_counts", "kind", "id", "kept", "pruned", "pruned_to", "lost")
	of("search_dirty", "kind", "owner_pk", "list", "item_pk")
	of("facets", "pk", "kind", "trash", "field", "value", "records")
	of("facet_rows", "facet_pk", "owner_pk", "date", "updated", "saved", "title")
	of("writer", "active", "foreign_writes")
}

// externalWrites are statements on the records of each kind and on each list, or on one list
// of each form.
func externalWrites(every bool) (all []externalWrite) {
	common := []string{"revisions", "revision_blobs", "revision_counts", "search_dirty", "facets", "facet_rows", "writer"}
	add := func(names string, tables []string, list ...string) {
		_, rest, _ := strings.Cut(names, ", ")
		short := strings.NewReplacer(names, "..", rest, "..")
		for _, text := range list {
			text = strings.TrimSpace(text)
			all = append(all, externalWrite{short.Replace(text), text, slices.Concat(common, tables)})
		}
	}
	seen := map[schema.Form]bool{}
	for _, r := range rows.Relations {
		tables := []string{r.Name}
		for _, c := range r.Children {
			tables = append(tables, c.Table)
		}
		if every || len(seen) == 0 {
			add(strings.Join(rows.Names(r.Cols)[1:], ", "), tables, recordWrites(r)...)
		}
		for _, c := range r.Children {
			if every || !seen[c.Form] {
				add(strings.Join(c.StoredColumns()[2:], ", "), []string{r.Name, c.Table}, listWrites(r, c)...)
			}
			seen[c.Form] = true
		}
	}
	add("key, value, rev, saved_at", []string{"settings"}, settingWrites...)
	return all
}

// recordWrites are statements on the records of a kind.
func recordWrites(r *rows.Relation) []string {
	cols := strings.Join(rows.Names(r.Cols)[1:], ", ")
	same := "(" + cols + ") SELECT " + cols + " FROM t WHERE pk = 1"
	list := []string{
		"INSERT INTO t (id) VALUES ('new')", "INSERT INTO t (id, sum) VALUES ('own', 1)",
		"INSERT INTO t " + strings.Replace(same, "SELECT id", "SELECT 'copy'", 1),
		"INSERT INTO t " + same, "INSERT OR IGNORE INTO t " + same, "INSERT OR REPLACE INTO t " + same, "REPLACE INTO t (pk, id) VALUES (1, 'new')",
		"INSERT OR REPLACE INTO t (pk, id) VALUES (1, 'kind-2')", "INSERT OR FAIL INTO t (id) VALUES ('new'), ('kind-1')",
		"INSERT INTO t (id) VALUES ('kind-1') ON CONFLICT DO NOTHING", "INSERT INTO t (id, extra) VALUES ('kind-1', 'x'), ('new', 'y') ON CONFLICT (id) DO UPDATE SET extra = excluded.extra",
		"INSERT OR REPLACE INTO t (id) VALUES ('kind-1'); INSERT OR REPLACE INTO t (id) VALUES ('kind-1'); INSERT OR REPLACE INTO t (pk, id) VALUES (1, 'other')",
		"UPDATE t SET extra = 'x'", "UPDATE t SET extra = 'x', sum = 2", "UPDATE t SET lists = '{}'", "UPDATE t SET trashed_at = saved_at WHERE pk = 1",
		"UPDATE t SET trashed_at = NULL", "UPDATE t SET rev = 50 WHERE pk = 2", "UPDATE t SET id = 'new' WHERE pk = 1", "UPDATE t SET pk = 50 WHERE pk = 1",
		"UPDATE t SET id = 'kind-2' WHERE pk = 1", "UPDATE OR IGNORE t SET id = 'kind-2' WHERE pk = 1", "UPDATE OR REPLACE t SET id = 'kind-2' WHERE pk = 1",
		"UPDATE OR REPLACE t SET pk = 2 WHERE pk = 1", "UPDATE OR REPLACE t SET pk = 2, id = 'kind-3' WHERE pk = 1", "UPDATE OR FAIL t SET extra = 'x'",
		"DELETE FROM t WHERE pk = 1", "DELETE FROM t", "DELETE FROM t WHERE pk = 1; INSERT INTO t (id) VALUES ('kind-1')",
		"UPDATE writer SET active = 1; DELETE FROM t WHERE pk = 1", "UPDATE writer SET active = 1; INSERT OR REPLACE INTO t (id) VALUES ('kind-1')",
		"UPDATE writer SET active = 1; UPDATE t SET extra = 'x', id = pk", "DELETE FROM writer; UPDATE t SET extra = 'x'", "DELETE FROM writer; DELETE FROM t",
	}
	for i, text := range list {
		list[i] = strings.NewReplacer(" t ", " "+r.Name+" ", "kind-", r.Kind+"-").Replace(text + " ")
	}
	return list
}

// listWrites are statements on a list of a kind, or on its documents.
func listWrites(r *rows.Relation, c *rows.Child) []string {
	key, first, second, cols := "pos", "0", "1", c.StoredColumns()
	if c.Form == schema.FormDocument {
		key, first, second = "name", "'name 0'", "'name 1'"
	}
	if c.HasPK() {
		cols = cols[1:]
	}
	value := cols[len(cols)-1]
	names := strings.Join(cols, ", ")
	row := "FROM t WHERE owner = 1 AND key = first"
	at := func(owner, place string) string {
		return "(" + names + ") SELECT " + strings.NewReplacer("owner,", owner+",", "key,", place+",").Replace("owner, key, "+strings.Join(cols[2:], ", ")) + " " + row
	}
	list := []string{
		"INSERT INTO t " + at("owner", "50"), "INSERT INTO t " + at("77", "key"), "INSERT INTO t " + at("owner", "key"), "INSERT OR IGNORE INTO t " + at("owner", "key"),
		"INSERT OR REPLACE INTO t " + at("owner", "key"), "INSERT OR REPLACE INTO t " + at("owner", "second"), "INSERT INTO t " + at("owner", "key") + " ON CONFLICT DO NOTHING",
		"INSERT INTO t " + at("owner", "key") + " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
		"UPDATE t SET value = value", "UPDATE t SET value = value, sum = 2", "UPDATE t SET key = 50 WHERE owner = 1 AND key = first", "UPDATE t SET owner = 2, key = 50 WHERE owner = 1 AND key = first",
		"UPDATE t SET owner = 77 WHERE owner = 1", "UPDATE OR IGNORE t SET owner = 2 WHERE owner = 1", "UPDATE OR REPLACE t SET owner = 2 WHERE owner = 1",
		"UPDATE OR REPLACE t SET key = second WHERE owner = 1 AND key = first", "UPDATE OR FAIL t SET key = second WHERE owner = 1",
		"UPDATE t SET value = value WHERE owner = 1; UPDATE t SET value = value WHERE owner = 1", "DELETE FROM t WHERE key = first", "DELETE FROM t",
		"UPDATE writer SET active = 1; DELETE FROM t", "UPDATE writer SET active = 1; UPDATE t SET value = value", "UPDATE writer SET active = 1; INSERT INTO t " + at("owner", "50"),
		"DELETE FROM writer; DELETE FROM t", "DELETE FROM writer; UPDATE t SET value = value", "DELETE FROM writer; INSERT INTO t " + at("owner", "50"),
		"DELETE FROM root WHERE pk = 1; INSERT INTO t " + strings.Replace(at("1", "50"), "owner = 1", "owner = 2", 1),
	}
	if c.HasPK() {
		list = append(list, "UPDATE t SET pk = 50 WHERE owner = 1 AND key = first", "UPDATE OR REPLACE t SET pk = 11 WHERE pk = 10", "INSERT OR REPLACE INTO t (pk, "+names+") SELECT 11, "+names+" FROM t WHERE pk = 20")
	}
	for i, text := range list {
		replacer := strings.NewReplacer(" t ", " "+c.Table+" ", "owner", c.Owner, "key", key, "first", first, "second", second, "value", value, " root ", " "+r.Name+" ")
		list[i] = replacer.Replace(text + " ")
	}
	return list
}

var settingWrites = []string{
	"INSERT INTO settings (key, value) VALUES ('new', '1')", "INSERT OR REPLACE INTO settings (key, value) VALUES ('a', '9')", "INSERT INTO settings (key, value) VALUES ('a', '9') ON CONFLICT DO UPDATE SET value = excluded.value",
	"INSERT OR IGNORE INTO settings (key, value) VALUES ('a', '9')", "UPDATE settings SET value = '9'", "UPDATE settings SET key = 'new' WHERE key = 'a'", "UPDATE OR REPLACE settings SET key = 'b' WHERE key = 'a'",
	"DELETE FROM settings", "UPDATE writer SET active = 1; DELETE FROM settings", "UPDATE writer SET active = 1; UPDATE settings SET value = '9'",
}
