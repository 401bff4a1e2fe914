// Package health says how a store is: what it holds, whether the data is safe as far as is known without a check, what
// needs attention and which command does something about it; and it runs the repairs that a check advises. storectl
// prints that, and the page shows it, so that both say the same. It opens no store, and shows nothing itself.
package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/repo/measure"
)

// Status is what there is to say of a store.
type Status struct {
	Store         string              `json:"store"`
	Safe          bool                `json:"safe"` // as far as is known without a check
	Verdict       string              `json:"verdict"`
	SchemaVersion int64               `json:"schema_version"`
	Counts        map[string]int64    `json:"counts"` // live records, by kind
	Trash         map[string]int64    `json:"trash"`
	DBBytes       int64               `json:"db_bytes"`
	WALBytes      int64               `json:"wal_bytes"`
	LogReaders    []string            `json:"log_readers"` // other processes that read from the log
	Blobs         Blobs               `json:"blobs"`
	Revisions     int64               `json:"revisions"`      // overwritten and deleted states that are kept
	ForeignWrites int64               `json:"foreign_writes"` // rows that other tools have written
	Quarantined   int64               `json:"quarantined"`
	BadContents   int64               `json:"bad_contents"`  // damaged or missing when they were last looked at
	TrashedBlobs  contents.Tally      `json:"trashed_blobs"` // contents in their trash
	LastScrub     *contents.Scrubbed  `json:"last_scrub"`    // null: the contents were never read
	Index         measure.IndexStatus `json:"search_index"`
	LastBackup    *LastBackup         `json:"last_backup"` // null: there is none that is not bad
	LastDrill     *LastDrill          `json:"last_drill"`  // null: never, or none that went well
	Backups       int                 `json:"backups"`
	Elsewhere     []Target            `json:"elsewhere"` // targets, as far as is known without asking them
	Replica       *Replica            `json:"replica"`   // null: no sign of Litestream
	Attention     []string            `json:"attention"`
	Needs         []Need              `json:"-"` // the same, with the commands apart
}

// Blobs counts contents.
type Blobs struct {
	Count       int64 `json:"count"`
	Bytes       int64 `json:"bytes"`
	StoredBytes int64 `json:"stored_bytes"`
}

// longWAL is the size from which the log deserves a word: checkpoints then do not keep up.
const longWAL = 64 << 20

// Need is something that needs attention, and the command that does something about it; "" is none.
type Need struct{ Text, Command string }

// Of looks at an open store and at the catalog of its backups. The environment names Litestream's configuration, where it is
// in another place than usual.
func Of(ctx context.Context, store *repo.Store, catalog *backup.Catalog, now time.Time, env map[string]string) (*Status, error) {
	st, err := store.Status(ctx)
	if err != nil {
		return nil, err
	}
	s := &Status{
		Store: st.Dir, SchemaVersion: st.Schema, Counts: st.Counts, Trash: st.Trash, DBBytes: st.DBBytes, WALBytes: st.WALBytes,
		Blobs:     Blobs{st.Blobs.Count, st.Blobs.Bytes, st.Blobs.Stored},
		Revisions: st.Revisions, ForeignWrites: st.ForeignWrites, Quarantined: st.Quarantined, Attention: []string{},
		LogReaders: append([]string{}, st.LogReaders...), BadContents: st.BadContents, TrashedBlobs: st.TrashedBlobs, Index: st.Index,
		Replica: replicaOf(st.Dir, env),
	}
	if scrub, err := store.Contents.LastScrub(ctx); err == nil {
		s.LastScrub = &scrub
	} else if !errors.Is(err, repo.ErrNotFound) {
		return nil, err
	}
	s.attend()
	s.lookElsewhere(st.Dir, now)
	err = s.lookAtBackups(ctx, catalog, st.Dir, now)
	s.judge(now)
	return s, err
}

// need notes what needs attention.
func (s *Status) need(text, command string) {
	s.Needs = append(s.Needs, Need{text, command})
	if command != "" {
		text += ": " + command
	}
	s.Attention = append(s.Attention, text)
}

// attend names what needs attention.
func (s *Status) attend() {
	if s.BadContents > 0 {
		s.need(term.Counted(int(s.BadContents), "content")+" damaged or missing", "storectl blob verify --heal-from DIR")
	}
	if s.WALBytes > longWAL {
		by := "some program"
		if len(s.LogReaders) > 0 {
			by = strings.Join(s.LogReaders, ", ")
		}
		s.need(fmt.Sprintf("the log has %d MB: %s keeps a read open", s.WALBytes>>20, by), "")
	}
	if behind := s.Replica.attention(); behind != "" {
		s.need(behind, "")
	}
	if s.Quarantined > 0 {
		s.need(term.Counted(int(s.Quarantined), "thing")+" in quarantine that an import could not read", "storectl legacy quarantine list")
	}
	switch {
	case s.Index.State == "missing":
		s.need("the search index is not there, or not whole", "storectl repair fts makes it anew")
	case s.Index.State == "stale":
		s.need("the search index was made for another version: the next command that writes makes it anew", "")
	case s.Index.Behind > 0:
		s.need(term.Counted(int(s.Index.Behind), "record")+" not in the search index yet: the next search takes them up", "")
	}
}

// oldBackup is from when on a backup is too old to call the data safe.
const oldBackup = 7 * 24 * time.Hour

// judge answers the first question of whoever asks for the status: is the data safe, as far as the store knows without
// a check. What is not known to be wrong is not said to be right.
func (s *Status) judge(now time.Time) {
	switch {
	case s.Empty():
		s.Safe, s.Verdict = true, "there is nothing in the store yet"
	case s.BadContents > 0:
		s.Verdict = "no: " + term.Counted(int(s.BadContents), "content") + " damaged or missing"
	case s.savedElsewhere(now):
		s.Safe, s.Verdict = true, "yes, as far as is known: there is a backup away from this machine"
	case s.LastBackup == nil:
		s.Verdict = "no: there is no good backup"
	case s.backupAge(now) > oldBackup:
		s.Verdict = "not what is new: the last good backup is older than a week"
	case s.LastDrill == nil:
		s.Safe, s.Verdict = true, "as far as is known: there is a good backup, which was never tried"
	default:
		s.Safe, s.Verdict = true, "yes, as far as is known: there is a good backup, and restoring one was tried"
	}
}

// backupAge is how old the last good backup is.
func (s *Status) backupAge(now time.Time) time.Duration {
	at, err := time.Parse(time.RFC3339Nano, string(s.LastBackup.Created))
	if err != nil {
		return 0
	}
	return now.Sub(at)
}
