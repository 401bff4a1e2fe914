package offsite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/internal/durable"
)

// Known is what a store remembers of a target: enough to make backups there without an
// identity, and to say without asking when that was done last. It is beside the store, for its
// owner alone; its key opens manifests and lists, and neither databases nor contents.
type Known struct {
	Address  string    `json:"address"`
	Mark     Mark      `json:"mark"`
	OwnKey   string    `json:"own_key,omitempty"`
	Used     time.Time `json:"used"`              // the last time that it answered
	Backup   string    `json:"backup,omitempty"`  // the last one made, or found to hold all there is
	Backed   time.Time `json:"backed,omitzero"`   // when that was
	Held     time.Time `json:"held,omitzero"`     // when contents were copied there without a backup
	Verified time.Time `json:"verified,omitzero"` // when all of it was read, and was good
	Drilled  time.Time `json:"drilled,omitzero"`  // when a backup was restored from there, and was good
	Problem  string    `json:"problem,omitempty"` // of the last reading or drill that went badly
	Failed   time.Time `json:"failed,omitzero"`   // when that was
	Bad      []string  `json:"bad,omitempty"`     // objects that were damaged then: a backup does not count on them
	Machine  string    `json:"machine,omitempty"` // by which leases of this store are known
	// Inherited are other machines whose backups are of this store: it was restored from them.
	Inherited []string `json:"inherited,omitempty"`
	Begun     []string `json:"begun,omitempty"` // uses and leases, the newest last
}

const knownSuffix = ".json"

// Recall lists the targets that a store remembers, by the directory of Options.Memory. One that
// is damaged is passed over: opening the target with an identity writes it anew.
func Recall(memory string) (list []Known, err error) {
	names, err := filepath.Glob(filepath.Join(memory, "*"+knownSuffix))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if k, bad := readKnown(name); bad == nil {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b Known) int { return strings.Compare(a.Address, b.Address) })
	return list, nil
}

// ForgetKnown has a store know nothing of a target any more, nor of its key. What is there stays;
// what was made ready for it goes.
func ForgetKnown(memory, id string) error {
	for _, name := range []string{id, id + heldSuffix, id + knownSuffix} {
		if err := os.RemoveAll(filepath.Join(memory, name)); err != nil {
			return err
		}
	}
	return durable.SyncDir(memory)
}

func readKnown(name string) (k Known, err error) {
	text, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err == nil && k.Mark.ID == "" {
		err = fmt.Errorf("%w: %s", ErrDamaged, name)
	}
	return k, err
}

func (t *Target) knownFile() string {
	return filepath.Join(t.opt.Memory, t.mark.ID+knownSuffix)
}

// remember changes what is known of the target.
func (t *Target) remember(change func(*Known)) error {
	if t.opt.Memory == "" {
		return nil
	}
	return t.remembered(t.write(change))
}

// remembered is what came of writing into the memory. Where nothing can be written nothing is: what is asked again
// then is the identity, and what is held is said anew.
func (t *Target) remembered(err error) error {
	if errors.Is(err, fs.ErrPermission) || durable.IsReadOnly(err) {
		t.opt.Log.Warn("what was done at the target is not remembered", "target", t.String(), "reason", err)
		return nil
	}
	if err != nil {
		err = fmt.Errorf("remember what was done at %s: %w", t, err)
	}
	return err
}

func (t *Target) write(change func(*Known)) error {
	if err := durable.MakeDir(t.opt.Memory); err != nil {
		return err
	}
	unlock, err := durable.Lock(context.Background(), filepath.Join(t.opt.Memory, ".lock"), durable.Exclusive, time.Minute)
	if err != nil {
		return err
	}
	k, err := readKnown(t.knownFile())
	if err != nil {
		k = Known{} // it is written anew
	}
	k.Address, k.Mark, k.Used, k.Machine = t.String(), t.mark, t.now(), t.machine
	if own := t.pieces.Keys.Own(); own != "" {
		k.OwnKey = own
	}
	if change != nil {
		change(&k)
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err == nil {
		err = durable.WriteFile(t.knownFile(), func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
	}
	return errors.Join(err, unlock())
}
