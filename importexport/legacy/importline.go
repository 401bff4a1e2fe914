package legacy

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"taskstore/importexport/ledger"

	"github.com/pressly/goose/v3/database"
)

// readDSN opens the store for goose, which wants a database at hand. What it has
// to write goes through the repositories: see line.
func readDSN(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)"}}.Encode()}
	return u.String()
}

// line is the version line of one run, as goose wants it.
type line struct {
	im  *importer
	ran []ledger.Step // by this import
}

var _ database.Store = (*line)(nil)

// done are the steps that need not run. An import that was finished begins anew
// when it is asked for again: what the store has lost since comes back, and
// everything else stays as it is.
func (l *line) done(ctx context.Context) ([]ledger.Step, error) {
	if l.im.run.FinishedAt != "" {
		return l.ran, nil
	}
	return ledger.Of(l.im.store).Steps(ctx, l.im.run.PK)
}

func (l *line) Tablename() string { return "legacy_steps" }

func (l *line) CreateVersionTable(context.Context, database.DBTxConn) error { return nil }

func (l *line) Insert(ctx context.Context, _ database.DBTxConn, req database.InsertRequest) error {
	if req.Version == 0 {
		return nil
	}
	l.ran = append(l.ran, ledger.Step{Version: req.Version, DoneAt: l.im.now})
	return ledger.Of(l.im.store).AddStep(ctx, l.im.run.PK, req.Version)
}

func (l *line) Delete(context.Context, database.DBTxConn, int64) error {
	return errors.New("an import is not undone step by step")
}

func (l *line) GetMigration(ctx context.Context, _ database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	done, err := l.done(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range done {
		if s.Version == version {
			at, err := s.DoneAt.Time()
			return &database.GetMigrationResult{Timestamp: at, IsApplied: true}, err
		}
	}
	if version == 0 {
		return &database.GetMigrationResult{IsApplied: true}, nil
	}
	return nil, database.ErrVersionNotFound
}

func (l *line) GetLatestVersion(ctx context.Context, _ database.DBTxConn) (int64, error) {
	done, err := l.done(ctx)
	if err != nil || len(done) == 0 {
		return 0, err
	}
	return done[len(done)-1].Version, nil
}

// ListMigrations gives the newest first, and version 0 last.
func (l *line) ListMigrations(ctx context.Context, _ database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	done, err := l.done(ctx)
	if err != nil {
		return nil, err
	}
	list := []*database.ListMigrationsResult{{Version: 0, IsApplied: true}}
	for _, s := range done {
		list = append([]*database.ListMigrationsResult{{Version: s.Version, IsApplied: true}}, list...)
	}
	return list, nil
}
