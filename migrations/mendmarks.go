package migrations

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// strangers ends triggers that other programs have made: they change what is written.
func (m *mending) strangers(ctx context.Context) error {
	list, err := m.list(ctx)
	if err != nil {
		return err
	}
	ours := Objects()
	for _, o := range list {
		isOurs := slices.ContainsFunc(ours, func(w Object) bool { return w.Type == o.Type && w.Name == o.Name })
		if o.Type != "trigger" || isOurs || m.known(o.Object) {
			continue
		}
		if err := m.exec(ctx, `DROP TRIGGER "`+strings.ReplaceAll(o.Name, `"`, `""`)+`"`); err != nil {
			return err
		}
		m.did("removed a trigger of another program: %s", o.SQL)
	}
	return m.exec(ctx, "DELETE FROM store WHERE key = 'triggers'") // the next opening makes them all anew
}

// header sets the marks in the header of the file.
func (m *mending) header(ctx context.Context) error {
	for name, want := range map[string]int64{"application_id": ApplicationID, "user_version": UserVersion} {
		var is int64
		if err := m.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&is); err != nil {
			return err
		}
		if is == want {
			continue
		}
		if err := m.exec(ctx, fmt.Sprintf("PRAGMA %s = %d", name, want)); err != nil {
			return err
		}
		m.did("set the mark %s in the header of the file", name)
	}
	return nil
}

// ledger makes the list of applied files what the tables are: those of all files.
func (m *mending) ledger(ctx context.Context) error {
	all, _, err := tablesThere(ctx, m.conn)
	if err != nil || !all {
		return err
	}
	files, err := own()
	if err != nil {
		return err
	}
	applied, err := appliedFiles(ctx, m.conn)
	if err != nil {
		return err
	}
	for _, f := range files {
		i := slices.IndexFunc(applied, func(a Migration) bool { return a.Version == f.Version })
		if i >= 0 && applied[i].SHA256 == f.SHA256 && applied[i].Name == f.Name {
			continue
		}
		if err := m.exec(ctx, "INSERT OR REPLACE INTO schema_files (version, name, sha256, applied_at)\nVALUES (?, ?, ?, ?)",
			f.Version, f.Name, f.SHA256, time.Now().UTC().Format("2006-01-02T15:04:05.000Z")); err != nil {
			return err
		}
		m.did("noted migration %s as applied", f.Name)
	}
	res, err := m.conn.ExecContext(ctx, "DELETE FROM schema_files WHERE version > ? OR version < 1", files[len(files)-1].Version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n > 0 {
		m.did("removed %d migrations from the list that do not exist", n)
	}
	return nil
}
