package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/repo/measure"

	"github.com/spf13/cobra"
)

// storeStatus is what status prints.
type storeStatus struct {
	Store         string              `json:"store"`
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
			return a.page("status", status, status.properties())
		},
	}
}

func (a *app) status(ctx context.Context) (_ *storeStatus, err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
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
	s.attend()
	return s, a.backupStatus(ctx, st.Dir, s)
}

// attend names what needs attention.
func (s *storeStatus) attend() {
	if s.BadContents > 0 {
		s.Attention = append(s.Attention, fmt.Sprintf("%d contents are damaged or missing: storectl blob verify --heal-from DIR", s.BadContents))
	}
	if s.WALBytes > longWAL {
		by := "some program"
		if len(s.LogReaders) > 0 {
			by = strings.Join(s.LogReaders, ", ")
		}
		s.Attention = append(s.Attention, fmt.Sprintf("the log has %d MB: %s keeps a read open", s.WALBytes>>20, by))
	}
	if s.Quarantined > 0 {
		s.Attention = append(s.Attention, fmt.Sprintf("%d things in quarantine that an import could not read", s.Quarantined))
	}
	switch {
	case s.Index.State == "missing":
		s.Attention = append(s.Attention, "the search index is not there, or not whole: storectl repair fts makes it anew")
	case s.Index.State == "stale":
		s.Attention = append(s.Attention, "the search index was made for another version: the next command that writes makes it anew")
	case s.Index.Behind > 0:
		s.Attention = append(s.Attention, fmt.Sprintf("%d records are not in the search index yet: the next search takes them up", s.Index.Behind))
	}
}

// scrubbed is when the contents were last read; "never" if they were not.
func (s *storeStatus) scrubbed() any {
	if s.LastScrub == nil {
		return "never"
	}
	return stamp(s.LastScrub.EndedAt)
}

func (s *storeStatus) properties() []property {
	list := []property{{"store", s.Store}, {"schema", s.SchemaVersion}}
	for _, k := range repo.Kinds() {
		shown := fmt.Sprint(s.Counts[k.Plural])
		if n := s.Trash[k.Plural]; n > 0 {
			shown += fmt.Sprintf(" (and %d in the trash)", n)
		}
		list = append(list, property{k.Plural, shown})
	}
	list = append(list, property{"database", size(s.DBBytes)}, property{"log", size(s.WALBytes)}, property{"contents", s.Blobs.Count},
		property{"contents hold", size(s.Blobs.Bytes)}, property{"contents take", size(s.Blobs.StoredBytes)}, property{"kept states", s.Revisions},
		property{"foreign writes", s.ForeignWrites}, property{"contents in the trash", tally(s.TrashedBlobs)},
		property{"contents last read", s.scrubbed()}, property{"search index", fmt.Sprintf("%s, %d texts", s.Index.State, s.Index.Texts)})
	list = append(list, s.backupProperties()...)
	for _, attention := range s.Attention {
		list = append(list, property{"attention", attention})
	}
	if len(s.Attention) == 0 {
		list = append(list, property{"attention", "nothing"})
	}
	return list
}
