package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/repo/measure"

	"github.com/spf13/cobra"
)

// storeStatus is what status prints.
type storeStatus struct {
	Store         string              `json:"store"`
	Safe          bool                `json:"safe"` // as far as is known without a check
	Verdict       string              `json:"verdict"`
	SchemaVersion int64               `json:"schema_version"`
	Counts        map[string]int64    `json:"counts"` // live records, by kind
	Trash         map[string]int64    `json:"trash"`
	DBBytes       int64               `json:"db_bytes"`
	WALBytes      int64               `json:"wal_bytes"`
	LogReaders    []string            `json:"log_readers"` // other processes that read from the log
	Blobs         blobStatus          `json:"blobs"`
	Revisions     int64               `json:"revisions"`      // overwritten and deleted states that are kept
	ForeignWrites int64               `json:"foreign_writes"` // rows that other tools have written
	Quarantined   int64               `json:"quarantined"`
	BadContents   int64               `json:"bad_contents"`  // damaged or missing when they were last looked at
	TrashedBlobs  contents.Tally      `json:"trashed_blobs"` // contents in their trash
	LastScrub     *contents.Scrubbed  `json:"last_scrub"`    // null: the contents were never read
	Index         measure.IndexStatus `json:"search_index"`
	LastBackup    *lastBackup         `json:"last_backup"` // null: there is none that is not bad
	LastDrill     *lastDrill          `json:"last_drill"`  // null: never, or none that went well
	Backups       int                 `json:"backups"`
	Elsewhere     []targetLine        `json:"elsewhere"` // targets, as far as is known without asking them
	Replica       *replicaStatus      `json:"replica"`   // null: no sign of Litestream
	Attention     []string            `json:"attention"`
}

type blobStatus struct {
	Count       int64 `json:"count"`
	Bytes       int64 `json:"bytes"`
	StoredBytes int64 `json:"stored_bytes"`
}

// longWAL is the size from which the log deserves a word: checkpoints then do not keep up.
const longWAL = 64 << 20

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show on one screen what the store holds and what needs attention",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := a.status(cmd.Context())
			if err != nil {
				return err
			}
			return a.Page("status", status, status.properties(a.Now()))
		},
	}
}

func (a *app) status(ctx context.Context) (_ *storeStatus, err error) {
	return inStore(ctx, a, toRead, func(store *repo.Store) (*storeStatus, error) {
		st, err := store.Status(ctx)
		if err != nil {
			return nil, err
		}
		s := &storeStatus{
			Store: st.Dir, SchemaVersion: st.Schema, Counts: st.Counts, Trash: st.Trash, DBBytes: st.DBBytes, WALBytes: st.WALBytes,
			Blobs:     blobStatus{st.Blobs.Count, st.Blobs.Bytes, st.Blobs.Stored},
			Revisions: st.Revisions, ForeignWrites: st.ForeignWrites, Quarantined: st.Quarantined, Attention: []string{},
			LogReaders: orEmpty(st.LogReaders), BadContents: st.BadContents, TrashedBlobs: st.TrashedBlobs, Index: st.Index,
		}
		if scrub, err := store.Contents.LastScrub(ctx); err == nil {
			s.LastScrub = &scrub
		} else if !errors.Is(err, repo.ErrNotFound) {
			return nil, err
		}
		s.Replica = a.replicaOf(st.Dir)
		s.attend()
		a.elsewhereStatus(st.Dir, s)
		err = a.backupStatus(ctx, st.Dir, s)
		s.judge(a.Now())
		return s, err
	})
}

// attend names what needs attention.
func (s *storeStatus) attend() {
	if s.BadContents > 0 {
		s.Attention = append(s.Attention, counted(int(s.BadContents), "content")+" damaged or missing: storectl blob verify --heal-from DIR")
	}
	if s.WALBytes > longWAL {
		by := "some program"
		if len(s.LogReaders) > 0 {
			by = strings.Join(s.LogReaders, ", ")
		}
		s.Attention = append(s.Attention, fmt.Sprintf("the log has %d MB: %s keeps a read open", s.WALBytes>>20, by))
	}
	if behind := s.Replica.attention(); behind != "" {
		s.Attention = append(s.Attention, behind)
	}
	if s.Quarantined > 0 {
		s.Attention = append(s.Attention, counted(int(s.Quarantined), "thing")+" in quarantine that an import could not read: storectl legacy quarantine list")
	}
	switch {
	case s.Index.State == "missing":
		s.Attention = append(s.Attention, "the search index is not there, or not whole: storectl repair fts makes it anew")
	case s.Index.State == "stale":
		s.Attention = append(s.Attention, "the search index was made for another version: the next command that writes makes it anew")
	case s.Index.Behind > 0:
		s.Attention = append(s.Attention, counted(int(s.Index.Behind), "record")+" not in the search index yet: the next search takes them up")
	}
}

// scrubbed is when the contents were last read; "never" if they were not.
func (s *storeStatus) scrubbed() any {
	if s.LastScrub == nil {
		return "never"
	}
	return term.Stamp(s.LastScrub.EndedAt)
}

// oldBackup is from when on a backup is too old to call the data safe.
const oldBackup = 7 * 24 * time.Hour

// judge answers the first question of whoever asks for the status: is the data safe, as far as the store knows without
// a check. What is not known to be wrong is not said to be right.
func (s *storeStatus) judge(now time.Time) {
	switch {
	case s.empty():
		s.Safe, s.Verdict = true, "there is nothing in the store yet"
	case s.BadContents > 0:
		s.Verdict = "no: " + counted(int(s.BadContents), "content") + " damaged or missing"
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

func (s *storeStatus) backupAge(now time.Time) time.Duration {
	at, err := time.Parse(time.RFC3339Nano, string(s.LastBackup.Created))
	if err != nil {
		return 0
	}
	return now.Sub(at)
}

// properties are the status on one screen: is the data safe, what is to be done, when was the last backup; then numbers.
func (s *storeStatus) properties(now time.Time) []term.Property {
	list := term.Props("safe", s.Verdict)
	for _, attention := range s.Attention {
		list = append(list, term.Prop("attention", attention))
	}
	if len(s.Attention) == 0 {
		list = append(list, term.Prop("attention", "nothing"))
	}
	list = append(append(list, s.backupProperties()...), s.elsewhereProperties(now)...)
	list = append(list, s.Replica.properties()...)
	list = append(list, term.Props("", "", "store", s.Store, "records", countsText(s.Counts))...)
	if trash := countsText(s.Trash); trash != "none" {
		list = append(list, term.Prop("in the trash", trash))
	}
	list = append(list, term.Props("history", counted(int(s.Revisions), "revision")+", "+counted(int(s.ForeignWrites), "external write"),
		"contents", fmt.Sprintf("%d with %s, which take %s", s.Blobs.Count, term.Human(term.Size(s.Blobs.Bytes), time.Time{}), term.Human(term.Size(s.Blobs.StoredBytes), time.Time{})))...)
	if s.TrashedBlobs.Count > 0 {
		list = append(list, term.Prop("contents in the trash", tally(s.TrashedBlobs)))
	}
	return append(list, term.Props("contents last read", s.scrubbed(),
		"database", fmt.Sprintf("%s, and %s of log; schema %d", term.Human(term.Size(s.DBBytes), time.Time{}), term.Human(term.Size(s.WALBytes), time.Time{}), s.SchemaVersion),
		"search index", s.Index.State+", "+counted(int(s.Index.Texts), "text"))...)
}
