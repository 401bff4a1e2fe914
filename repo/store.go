// Package repo keeps a person's sessions, notes, tasks, topics, companies,
// contacts, attachments and settings in a directory: a SQLite file, and a
// content-addressed directory for the bytes of attachments.
//
// The repositories hang from a Store, where each call is a transaction of its
// own, and from the Tx that View and Update give to their callbacks, where the
// calls are one. What a write call did is durable when it returns (see
// Durability), and a state that was overwritten or deleted is kept.
//
// Any number of goroutines and processes may use one directory at once, also
// programs that know nothing of this one and open the SQLite file: their writes
// are noticed, counted and kept like any other.
package repo

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"taskstore/blobs"
	"taskstore/schema"
)

// Options says how to open a store. The zero value opens it for writing,
// creates it where there is none, and brings its schema up to date.
type Options struct {
	// ReadOnly opens an existing store for reading. Nothing is created or
	// migrated; SQLite may still make and remove its -wal and -shm files.
	ReadOnly bool
	// Untouched is ReadOnly, and not a byte of the store's files changes: for
	// checks and dry runs. While nobody has the store open for writing, others
	// cannot open it so until this one is closed.
	Untouched bool
	// NoCreate gives ErrNoStore where there is no store.
	NoCreate bool
	// NoMigrate gives ErrMigrationNeeded for a store that is older than the program.
	NoMigrate bool
	// Durability of writes; the zero value survives a power cut.
	Durability Durability
	// Readers is how many reads can run at once; 0 means four. A read inside
	// another one, such as a Get while ranging over All, needs one of its own.
	Readers int
	// Busy is how long to wait for another program's lock; 0 means five seconds.
	Busy time.Duration
	// Retention is how long overwritten and deleted states are kept; 0 is what
	// SetRetention said, else for ever. What an import set aside is always kept.
	Retention time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log is told what the store does by itself: migrations, foreign writes.
	// nil is silent.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.ReadOnly = o.ReadOnly || o.Untouched
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Busy <= 0 {
		o.Busy = defaultBusy
	}
	return o
}

// Repos are the repositories. Those of a Store and of a Tx are the same.
type Repos struct {
	Sessions    Sessions
	Notes       Collection[schema.Note]
	Tasks       Collection[schema.Task]
	Topics      Collection[schema.Topic]
	Companies   Collection[schema.Company]
	Contacts    Collection[schema.Contact]
	Attachments Collection[schema.Attachment]
	Settings    Settings
}

func newRepos(in scope) Repos {
	return Repos{
		Sessions:    newSessions(in),
		Notes:       Collection[schema.Note]{in, notes},
		Tasks:       Collection[schema.Task]{in, tasks},
		Topics:      Collection[schema.Topic]{in, topics},
		Companies:   Collection[schema.Company]{in, companies},
		Contacts:    Collection[schema.Contact]{in, contacts},
		Attachments: Collection[schema.Attachment]{in, attachments},
		Settings:    Settings{in},
	}
}

// Store is an open store. It may be used by many goroutines.
type Store struct {
	Repos
	dir     string
	opt     Options
	writer  *writer // nil: read-only
	readers *readers
	blobs   *blobs.Dir
	indexer *indexer     // nil: read-only
	release func() error // gives back the lock on the directory
}

// Names of what stands in the directory of a store.
const (
	dbName      = "store.db"
	lockName    = "store.lock"
	blobsName   = "blobs"
	backupsName = "backups"
)

// Dir is the directory of the store.
func (s *Store) Dir() string { return s.dir }

// Path is the SQLite file. Open it with SQLite only: a program that opens and
// closes it by other means can take the locks of its own process away.
func (s *Store) Path() string { return filepath.Join(s.dir, dbName) }

// Tx is a transaction: one snapshot, and in an Update all of it or nothing. It
// ends with the callback that it was given to.
type Tx struct {
	Repos
	store *Store
	q     execer
	own   bool // may write
	over  bool

	strict bool  // see Load
	failed error // the call of a strict transaction that failed
}

// View runs fn on one snapshot over all repositories. Writes in it are
// ErrReadOnly.
func (s *Store) View(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if s.nested(ctx) {
		return ErrNested
	}
	err := s.readers.view(ctx, func(q execer) error {
		tx := s.newTx(q, false)
		defer func() { tx.over = true }()
		return fn(withTx(ctx, s), tx)
	})
	return classify(err)
}

// Update runs fn in one transaction, all or nothing, and returns when it is
// durable. An error, a panic or runtime.Goexit in fn undoes it; what fn did to
// the Go values it saved stays as it is.
//
// There is one writer, and it waits for fn: keep fn short, and do not wait in it
// for somebody else who writes. Using the Store inside fn is ErrNested.
func (s *Store) Update(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if s.nested(ctx) {
		return ErrNested
	}
	err := s.writer.update(ctx, func(ctx context.Context, q execer) error {
		tx := s.newTx(q, true)
		defer func() { tx.over = true }()
		return fn(withTx(ctx, s), tx)
	})
	return classify(err)
}

// Load is Update for a lot at once, as in an import: a call in fn that fails takes
// the whole transaction with it, also if fn goes on. That saves SQLite a copy of
// every page that a call changes.
func (s *Store) Load(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.Update(ctx, func(ctx context.Context, tx *Tx) error {
		tx.strict = true
		return errors.Join(fn(ctx, tx), tx.failed)
	})
}

func (s *Store) newTx(q execer, own bool) *Tx {
	tx := &Tx{store: s, q: q, own: own}
	tx.Repos = newRepos(tx)
	return tx
}

func (s *Store) nested(ctx context.Context) bool {
	return inTx(ctx, s) || s.writer != nil && inTx(ctx, s.writer)
}

func (s *Store) read(ctx context.Context, fn func(execer) error) error {
	if s.nested(ctx) {
		return ErrNested
	}
	return s.readers.view(ctx, fn)
}

func (s *Store) write(ctx context.Context, fn func(context.Context, execer) error) error {
	if s.nested(ctx) {
		return ErrNested
	}
	return s.writer.do(ctx, fn)
}

func (s *Store) update(ctx context.Context, fn func(context.Context, execer) error) error {
	if s.nested(ctx) {
		return ErrNested
	}
	return s.writer.update(ctx, fn)
}

func (s *Store) externalise(ctx context.Context, values ...any) ([]blobRow, error) {
	if s.opt.ReadOnly {
		return nil, ErrReadOnly
	}
	return externalise(ctx, s.blobs, values...)
}

func (s *Store) now() schema.Time { return schema.TimeOf(s.opt.Now()) }

var errTxOver = errors.New("the transaction has ended")

func (tx *Tx) read(_ context.Context, fn func(execer) error) error {
	if tx.over {
		return errTxOver
	}
	return fn(tx.q)
}

func (tx *Tx) write(ctx context.Context, fn func(context.Context, execer) error) error {
	switch {
	case tx.over:
		return errTxOver
	case !tx.own:
		return ErrReadOnly
	case tx.failed != nil:
		return tx.failed
	case tx.strict:
		tx.failed = fn(ctx, tx.q)
		return tx.failed
	}
	return tx.whole(ctx, fn)
}

const (
	sqlCall       = "SAVEPOINT call"
	sqlCallDone   = "RELEASE call"
	sqlCallUndone = "ROLLBACK TO call"
)

// whole runs fn so that it has no effect if it fails, for a callback that goes
// on after an error.
func (tx *Tx) whole(ctx context.Context, fn func(context.Context, execer) error) error {
	if _, err := tx.q.exec(ctx, sqlCall); err != nil {
		return err
	}
	err := fn(ctx, tx.q)
	end := context.WithoutCancel(ctx)
	if err != nil {
		_, undo := tx.q.exec(end, sqlCallUndone)
		err = errors.Join(err, undo)
	}
	_, done := tx.q.exec(end, sqlCallDone)
	return errors.Join(err, done)
}

func (tx *Tx) update(ctx context.Context, fn func(context.Context, execer) error) error {
	return tx.write(ctx, fn)
}

func (tx *Tx) externalise(ctx context.Context, values ...any) ([]blobRow, error) {
	if !tx.own {
		return nil, ErrReadOnly
	}
	return tx.store.externalise(ctx, values...)
}

func (tx *Tx) now() schema.Time { return tx.store.now() }
