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
	_ "embed"
	"errors"
	"log/slog"
	"time"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Guide is the page for Go programs that "storectl docs go" prints.
//
//go:embed GUIDE.md
var Guide string

// Durability says what a write survives once the call that made it has returned.
type Durability int

const (
	// DurabilityFull: the write survives a power cut. Every batch of writes
	// waits for the disk once.
	DurabilityFull = Durability(sqlitedb.DurabilityFull)

	// DurabilityNormal: the write survives a crash of the program. A power cut
	// may undo the last writes; what remains is consistent.
	DurabilityNormal = Durability(sqlitedb.DurabilityNormal)
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
	// Readers is how many connections are kept for reading; 0 means four. More reads
	// at once share them. A read inside another one, such as a Get while ranging over
	// All, needs one of its own: it gets a further one when all are taken, after a
	// few milliseconds.
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

const defaultBusy = 5 * time.Second

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
	Sessions  Sessions
	Notes     Collection[schema.Note]
	Tasks     Collection[schema.Task]
	Topics    Collection[schema.Topic]
	Companies Collection[schema.Company]
	Contacts  Collection[schema.Contact]
	// Attachments are the files that other records link to. Contents.Attach is the one
	// way to make one: it stores the bytes, the attachment and the link at once. Here
	// they are listed, renamed, and moved to the trash.
	Attachments Collection[schema.Attachment]
	Settings    Settings
}

func newRepos(in scope) Repos {
	return Repos{
		Sessions:    newSessions(in),
		Notes:       Collection[schema.Note]{in, rows.Notes},
		Tasks:       Collection[schema.Task]{in, rows.Tasks},
		Topics:      Collection[schema.Topic]{in, rows.Topics},
		Companies:   Collection[schema.Company]{in, rows.Companies},
		Contacts:    Collection[schema.Contact]{in, rows.Contacts},
		Attachments: Collection[schema.Attachment]{in, rows.Attachments},
		Settings:    Settings{in},
	}
}

// Store is an open store. It may be used by many goroutines.
type Store struct {
	Repos
	Contents Contents
	History  History
	Index    Index
	dir      string
	opt      Options
	db       *sqlitedb.DB
	blobs    *blobs.Dir
}

// Dir is the directory of the store.
func (s *Store) Dir() string { return s.dir }

// Path is the SQLite file. Open it with SQLite only: a program that opens and
// closes it by other means can take the locks of its own process away.
func (s *Store) Path() string { return DBPath(s.dir) }

// Tx is a transaction: one snapshot, and in an Update all of it or nothing. It
// ends with the callback that it was given to; afterwards its methods, and loops
// over its lists that go on, give an error.
//
// Lists may be read inside loops over lists, also over themselves, and what is
// written inside a loop is not seen by it for certain. Several goroutines of the
// callback may read in one Tx at once: what they ask for is read one after the
// other. Of an Update only one of them may write, and none may read meanwhile:
// it could see half of a call, and a call that fails takes back what others wrote
// while it ran.
type Tx struct {
	Repos
	store *Store
	q     *sqlitedb.Tx

	strict  bool         // see Load
	failed  error        // the call of a strict transaction that failed
	effects rows.Effects // on values, until they are durable
}

// View runs fn on one snapshot over all repositories. Writes in it are
// ErrReadOnly. Using the Store with fn's context is ErrNested: it would read
// another snapshot.
func (s *Store) View(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return sqlitedb.Classify(s.db.View(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		return fn(ctx, s.newTx(q))
	}))
}

// Update runs fn in one transaction, all or nothing, and returns when it is
// durable. An error, a panic or runtime.Goexit in fn undoes it, and the values that
// were saved in it have the keys, revisions and contents that they had before: the same
// fn may be run again. What fn itself did to Go values stays as it is.
//
// There is one writer, and it waits for fn: keep fn short, and do not wait in it
// for somebody else who writes. Using the Store inside fn is ErrNested.
func (s *Store) Update(ctx context.Context, fn func(context.Context, *Tx) error) error {
	var tx *Tx
	durable := false
	defer func() {
		if tx != nil && !durable {
			tx.effects.TakeBack()
		}
	}()
	err := s.db.Update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		tx = s.newTx(q)
		return fn(ctx, tx)
	})
	durable = err == nil
	return sqlitedb.Classify(err)
}

func (tx *Tx) told(e *rows.Effects) { tx.effects.Undo = append(tx.effects.Undo, e.Undo...) }

// told has nothing to do: a call that ended well is durable.
func (s *Store) told(*rows.Effects) {}

// undoable runs fn, which notes what it changes in values, and takes it back if fn fails.
// Else the scope has it, whose transaction may still fail.
func undoable(in scope, fn func(e *rows.Effects) error) error {
	e, done := &rows.Effects{}, false
	defer func() {
		if !done {
			e.TakeBack()
		}
	}()
	if err := fn(e); err != nil {
		return err
	}
	done = true
	in.told(e)
	return nil
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

func (s *Store) newTx(q *sqlitedb.Tx) *Tx {
	tx := &Tx{store: s, q: q}
	tx.Repos = newRepos(tx)
	return tx
}

func (s *Store) read(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	return s.db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error { return fn(q) })
}

func (s *Store) write(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	return s.db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return fn(ctx, q) })
}

func (s *Store) update(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return fn(ctx, q) })
}

func (s *Store) externalise(ctx context.Context, e *rows.Effects, values ...any) ([]contents.Needed, error) {
	if s.opt.ReadOnly {
		return nil, ErrReadOnly
	}
	if err := s.db.Moved(); err != nil {
		return nil, err
	}
	return contents.PutInline(ctx, s.blobs, e, values...)
}

func (s *Store) now() schema.Time { return schema.TimeOf(s.opt.Now()) }

func (tx *Tx) read(_ context.Context, fn func(*sqlitedb.Tx) error) error { return fn(tx.q) }

func (tx *Tx) write(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	switch {
	case !tx.q.Writes():
		return ErrReadOnly
	case tx.failed != nil:
		return tx.failed
	case tx.strict:
		tx.failed = fn(ctx, tx.q)
		return tx.failed
	}
	return sqlitedb.Whole(ctx, tx.q, func(ctx context.Context) error { return fn(ctx, tx.q) })
}

func (tx *Tx) update(ctx context.Context, fn func(context.Context, *sqlitedb.Tx) error) error {
	return tx.write(ctx, fn)
}

func (tx *Tx) externalise(ctx context.Context, e *rows.Effects, values ...any) ([]contents.Needed, error) {
	if !tx.q.Writes() {
		return nil, ErrReadOnly
	}
	return tx.store.externalise(ctx, e, values...)
}

func (tx *Tx) now() schema.Time { return tx.store.now() }
