package sqlsh

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
	"taskstore/migrations"
	"taskstore/repo"
	"taskstore/schema"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The commands that run a person's own SQL use connections of their own, with an authorizer that keeps the SQL inside
// the store: it cannot attach or write other files, switch the guards off, or end the transaction that it runs in.

// sqlGuard is the authorizer of one connection. SQLite calls it on the goroutine that prepares.
type sqlGuard struct {
	write  bool // changes are allowed
	schema bool // those of the store's own tables, indexes, triggers and views too
	own    bool // the statement is ours, not the person's: transactions
	file   sqlitedb.Place
	denied string // why the last statement was refused, "" if it was not
	hint   string
}

// sqlConnector opens connections with the guard on them.
type sqlConnector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c *sqlConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c *sqlConnector) Driver() driver.Driver { return c.driver }

// openStoreSQL opens the database of the store in dir for a person's SQL, on one connection. Where the directory
// cannot be written and no log lies beside the database, it is read as a file that nobody changes. One that writes is
// opened when another one has seen that it is a store: with its end it writes the log into the file, whosever that is.
func openStoreSQL(ctx context.Context, dir string, guard *sqlGuard) (*sql.DB, *sql.Conn, error) {
	if err := repo.CheckLog(ctx, dir); err != nil {
		return nil, nil, err
	}
	if guard.write && !noLog(dir) {
		db, conn, err := openSQL(ctx, dir, &sqlGuard{}, false)
		if err == nil {
			err = errors.Join(conn.Close(), db.Close())
		}
		if err != nil {
			return nil, nil, err
		}
	}
	db, conn, err := openSQL(ctx, dir, guard, false)
	if err != nil && !guard.write && unopenable(err) && noLog(dir) {
		db, conn, err = openSQL(ctx, dir, guard, true)
	}
	return db, conn, err
}

// closeSQL closes what openStoreSQL has opened. The last connection removes what has the name of the log: of a store that
// was moved meanwhile, that may be another's.
func closeSQL(db *sql.DB, conn *sql.Conn, guard *sqlGuard) error {
	if guard.file.Moved() != nil {
		_ = conn.Raw(func(dc any) error {
			if file, ok := dc.(sqlite.FileControl); ok {
				_, err := file.FileControlPersistWAL("main", 1)
				return err
			}
			return nil
		})
	}
	return errors.Join(conn.Close(), db.Close())
}

func unopenable(err error) bool {
	var problem *sqlite.Error
	if !errors.As(err, &problem) {
		return false
	}
	code := problem.Code() & 0xff
	return code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_READONLY
}

func noLog(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, databaseName+"-wal"))
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}

func openSQL(ctx context.Context, dir string, guard *sqlGuard, immutable bool) (*sql.DB, *sql.Conn, error) {
	_, _ = sqlite.OFDLocking(true) // where there is none, nothing here opens the file in another way either
	d := &sqlite.Driver{}
	d.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		authorizer, ok := conn.(sqlite.AuthorizerRegisterer)
		if !ok {
			return errors.New("the SQLite driver has no authorizer")
		}
		return authorizer.RegisterAuthorizer(guard.authorize)
	})
	guard.file, _ = sqlitedb.PlaceOf(filepath.Join(dir, databaseName)) // what is not there cannot be opened
	db := sql.OpenDB(&sqlConnector{d, Source(filepath.Join(dir, databaseName), guard.write, immutable, durable.Patience(ctx, 10*time.Second))})
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err == nil {
		err = errors.Join(limitSQL(conn), ownDatabase(ctx, conn, dir))
	}
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		db.Close()
		return nil, nil, err
	}
	return db, conn, nil
}

// sqlLimits are what a person's SQL may use: a value that it makes is no longer than the longest record, so that a
// mistake does not take all memory. SQLite's own limits are 1 GB and more.
var sqlLimits = map[int]int{
	sqlite3.SQLITE_LIMIT_LENGTH:          schema.MaxRecord,
	sqlite3.SQLITE_LIMIT_SQL_LENGTH:      1 << 20,
	sqlite3.SQLITE_LIMIT_VDBE_OP:         1 << 20,
	sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1000,
	sqlite3.SQLITE_LIMIT_WORKER_THREADS:  0,
	sqlite3.SQLITE_LIMIT_ATTACHED:        0,
}

func limitSQL(conn *sql.Conn) error {
	for limit, most := range sqlLimits {
		if _, err := sqlite.Limit(conn, limit, most); err != nil {
			return err
		}
	}
	return nil
}

// ownDatabase says whether the file is the database of a store.
func ownDatabase(ctx context.Context, conn *sql.Conn, dir string) error {
	file := filepath.Join(dir, databaseName)
	var id int64
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	if id != ApplicationID && !noLog(dir) {
		if st, err := migrations.WithoutLog(ctx, file); err == nil && st.Current > 0 {
			return fmt.Errorf("open %s: %w: %s-wal", file, repo.ErrStrayLog, file)
		}
	}
	if id != ApplicationID {
		return fmt.Errorf("open the store: %w: %s", migrations.ErrNotStore, file)
	}
	return nil
}

// Source is the data source name: a URL, because paths hold spaces, ? and #.
func Source(file string, write, immutable bool, busy time.Duration) string {
	path := filepath.ToSlash(file)
	if runtime.GOOS == "windows" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	values := url.Values{"mode": {"ro"}, "_defensive": {"1"}, "_error_rc": {"1"}}
	pragmas := []string{fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "trusted_schema(0)"}
	if write {
		values.Set("mode", "rw")
		pragmas = append(pragmas, "foreign_keys(1)", "synchronous(FULL)", "journal_size_limit(0)") // see sqlfile.CutLog
	} else {
		pragmas = append(pragmas, "query_only(1)")
	}
	if immutable {
		values.Set("immutable", "1")
	}
	values["_pragma"] = pragmas
	return (&url.URL{Scheme: "file", Path: path, RawQuery: values.Encode()}).String()
}

// readingPragmas only tell something; those of the first list also with an argument.
var (
	readingPragmas = nameSet(`table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list
		foreign_key_check integrity_check quick_check`)
	tellingPragmas = nameSet(`application_id user_version schema_version data_version page_count page_size
		freelist_count encoding journal_mode foreign_keys database_list collation_list function_list module_list
		pragma_list compile_options auto_vacuum busy_timeout cache_size query_only synchronous wal_autocheckpoint
		mmap_size temp_store secure_delete recursive_triggers defer_foreign_keys trusted_schema`)
	// Functions of SQLite that only reckon with what they are given. What another version brings is not among them
	// until somebody has looked at it. Not among them: load_extension, sqlite_log, and those for finding faults.
	allowedFunctions = nameSet(`-> ->> abs acos acosh asin asinh atan atan2 atanh avg bm25 ceil ceiling changes char coalesce concat
		concat_ws cos cosh count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp
		first_value floor format fts5_get_locale fts5_insttoken fts5_locale fts5_source_id geopoly_area geopoly_bbox geopoly_blob
		geopoly_ccw geopoly_contains_point geopoly_group_bbox geopoly_json geopoly_overlap geopoly_regular geopoly_svg
		geopoly_within geopoly_xform glob group_concat hex highlight if ifnull iif instr json json_array json_array_insert
		json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert json_object
		json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb jsonb_array
		jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
		jsonb_replace jsonb_set julianday lag last_insert_rowid last_value lead length like likelihood likely ln log log10 log2
		lower ltrim match max min mod nth_value ntile nullif octet_length percent_rank pi pow power printf quote radians random
		randomblob rank regexp replace round row_number rtrim sign sin sinh snippet soundex sqlite_compileoption_get
		sqlite_compileoption_used sqlite_offset sqlite_source_id sqlite_version sqrt strftime string_agg substr substring
		subtype sum tan tanh time timediff total total_changes trim trunc typeof unhex unicode unistr unistr_quote unixepoch
		unlikely upper zeroblob`)
	ownModules = nameSet(`fts5 fts5vocab rtree`)
)

// alters tells whether a function is one by which SQLite itself changes the text of the schema: nobody else can call it.
func alters(function string) bool {
	return strings.HasPrefix(function, "sqlite_rename_") || strings.HasPrefix(function, "sqlite_drop_") ||
		strings.HasPrefix(function, "sqlite_add_") || strings.HasPrefix(function, "sqlite_find_") || function == "sqlite_fail"
}

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}

// authorize decides about one operation of a statement that is being prepared.
func (g *sqlGuard) authorize(action sqlite.AuthorizerActionCode, arg1, arg2, _, _ string) sqlite.AuthorizerReturnCode {
	switch action {
	case sqlite.AuthSelect, sqlite.AuthRead, sqlite.AuthRecursive:
		return sqlite.AuthorizerOK
	case sqlite.AuthFunction:
		if name := strings.ToLower(arg2); !allowedFunctions[name] && !alters(name) {
			return g.deny("the function "+arg2+" is not allowed: it may reach outside the store", "")
		}
		return sqlite.AuthorizerOK
	case sqlite.AuthPragma:
		return g.authorizePragma(strings.ToLower(arg1), arg2)
	case sqlite.AuthAttach:
		return g.deny("ATTACH and VACUUM INTO reach other files", "")
	case sqlite.AuthDetach:
		return g.deny("DETACH is not allowed", "")
	case sqlite.AuthTransaction, sqlite.AuthSavepoint:
		if g.own {
			return sqlite.AuthorizerOK
		}
		return g.deny("the SQL may not begin or end transactions", "all of it is one transaction already")
	case sqlite.AuthCreateVTable:
		if !ownModules[strings.ToLower(arg2)] {
			return g.deny("virtual tables of "+arg2+" are not allowed", "")
		}
	}
	if !g.write {
		return g.deny("the SQL would change the store ("+actionName(action, arg1)+"), and query only reads", hintWrite)
	}
	if name, is := ownObject(action, arg1, arg2); is && !g.schema && !g.own {
		return g.deny("the SQL would change what the store itself has made ("+name+")", hintSchemaChange)
	}
	return sqlite.AuthorizerOK
}

func (g *sqlGuard) authorizePragma(name, argument string) sqlite.AuthorizerReturnCode {
	switch {
	case readingPragmas[name], tellingPragmas[name] && argument == "":
		return sqlite.AuthorizerOK
	case name == "defer_foreign_keys" && g.write, name == "query_only" && g.own:
		return sqlite.AuthorizerOK
	case argument != "":
		return g.deny("PRAGMA "+name+" with a value is not allowed", "")
	}
	return g.deny("PRAGMA "+name+" is not allowed", "")
}

func (g *sqlGuard) deny(why, hint string) sqlite.AuthorizerReturnCode {
	if g.denied == "" {
		g.denied, g.hint = why, hint
	}
	return sqlite.AuthorizerDeny
}

func actionName(action sqlite.AuthorizerActionCode, object string) string {
	switch action {
	case sqlite.AuthInsert:
		return "INSERT into " + object
	case sqlite.AuthUpdate:
		return "UPDATE of " + object
	case sqlite.AuthDelete:
		return "DELETE from " + object
	}
	return strings.TrimSpace("a change of the schema " + object)
}
