package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"taskstore/fts"

	"github.com/jmoiron/sqlx"
)

// execer runs SQL inside one transaction. Each text is prepared once per
// connection and found again by the text itself.
type execer interface {
	// exec runs a statement without rows.
	exec(ctx context.Context, text string, args ...any) (sql.Result, error)
	// get reads one row into dest; no row is sql.ErrNoRows.
	get(ctx context.Context, dest any, text string, args ...any) error
	// sel reads all rows into the slice that dest points to.
	sel(ctx context.Context, dest any, text string, args ...any) error
	// query returns rows, which the caller closes, and before it runs the same text
	// again. They end with the transaction.
	query(ctx context.Context, text string, args ...any) (*sqlx.Rows, error)
	// stmt returns the prepared statement, for loops over many rows. On the
	// writer it must run without a context that can end: interrupting one
	// statement would roll back everybody's transaction. Rows must be closed.
	stmt(text string) (*sqlx.Stmt, error)
}

var (
	errSessionOver = errors.New("the transaction has ended")
	errRolledBack  = errors.New("the database has rolled the transaction back")
)

// session is the execer of one job: the writer's connection, for as long as the
// job runs. A context that has ended stops the job before its next statement,
// never within one, because an interrupted statement takes the transaction of
// the whole batch with it. Several goroutines of one job may share it.
type session struct {
	conn  *writerConn
	mu    sync.Mutex
	over  error                 // why nothing may run any more
	wrote bool                  // something else than a SELECT was run
	rows  map[string]*sqlx.Rows // the last of each text: the earlier ones are closed
}

// enter returns the statement to run and holds the session until leave.
func (s *session) enter(ctx context.Context, text string) (*sqlx.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.over == nil && s.conn.lost.Load() {
		s.over = errRolledBack
	}
	err := s.over
	s.wrote = s.wrote || !strings.HasPrefix(text, "SELECT")
	var st *sqlx.Stmt
	if err == nil {
		st, err = s.conn.stmt(ctx, text)
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return st, nil
}

// leave remembers why the transaction was lost, if the statement lost it.
func (s *session) leave(err *error) {
	if *err != nil && s.conn.lost.Load() {
		s.over = fmt.Errorf("%w: %w", errRolledBack, *err)
	}
	s.mu.Unlock()
}

// marks are what the transaction has changed so far for the search index.
func (s *session) marks() []fts.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]fts.Mark, 0, len(s.conn.marks))
	for m := range s.conn.marks {
		list = append(list, m)
	}
	return list
}

// end refuses everything from now on, also from goroutines that outlive the job.
// It returns the error that lost the transaction, nil if it stands.
func (s *session) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil && s.conn.lost.Load() {
		s.over = errRolledBack
	}
	for _, rows := range s.rows {
		_ = rows.Close() // closed by its user already, or forgotten: open rows hold the connection
	}
	err := s.over
	s.over, s.rows = errSessionOver, nil
	return err
}

func (s *session) exec(ctx context.Context, text string, args ...any) (_ sql.Result, err error) {
	st, err := s.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	defer s.leave(&err)
	return st.ExecContext(context.Background(), args...)
}

func (s *session) get(ctx context.Context, dest any, text string, args ...any) (err error) {
	st, err := s.enter(ctx, text)
	if err != nil {
		return err
	}
	defer s.leave(&err)
	return st.GetContext(context.Background(), dest, args...)
}

func (s *session) sel(ctx context.Context, dest any, text string, args ...any) (err error) {
	st, err := s.enter(ctx, text)
	if err != nil {
		return err
	}
	defer s.leave(&err)
	return st.SelectContext(context.Background(), dest, args...)
}

func (s *session) query(ctx context.Context, text string, args ...any) (_ *sqlx.Rows, err error) {
	st, err := s.enter(ctx, text)
	if err != nil {
		return nil, err
	}
	defer s.leave(&err)
	rows, err := st.QueryxContext(context.Background(), args...)
	if err == nil {
		if s.rows == nil {
			s.rows = map[string]*sqlx.Rows{}
		}
		s.rows[text] = rows
	}
	return rows, err
}

func (s *session) stmt(text string) (_ *sqlx.Stmt, err error) {
	st, err := s.enter(context.Background(), text)
	if err != nil {
		return nil, err
	}
	defer s.leave(&err)
	return st, nil
}

type txKey struct{}

// txMark is one transaction that a context is inside of; transactions of
// different stores may be inside each other.
type txMark struct {
	owner any
	outer *txMark
}

// withTx returns a context that knows it is inside a transaction of owner.
func withTx(ctx context.Context, owner any) context.Context {
	outer, _ := ctx.Value(txKey{}).(*txMark)
	return context.WithValue(ctx, txKey{}, &txMark{owner: owner, outer: outer})
}

// inTx reports whether ctx is inside a transaction of owner.
func inTx(ctx context.Context, owner any) bool {
	mark, _ := ctx.Value(txKey{}).(*txMark)
	for ; mark != nil; mark = mark.outer {
		if mark.owner == owner {
			return true
		}
	}
	return false
}
