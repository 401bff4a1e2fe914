package recovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/blobs"
	"taskstore/internal/shell"
	"taskstore/repo"
)

// targets ends the records in the backups that went elsewhere, as far as their disks are there.
func (f *forgetting) targets(ctx context.Context) error {
	places, err := f.opt.catalog(f.s.Dir()).Places()
	if err != nil {
		return err
	}
	for _, p := range places {
		if err := f.target(ctx, p); err != nil {
			return err
		}
	}
	return f.offsite()
}

func (f *forgetting) target(ctx context.Context, p backup.Place) error {
	catalog := f.opt.catalog(p.Path)
	is, marked, err := catalog.Target()
	list, bad := catalog.List(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err = errors.Join(err, bad); err != nil {
		f.still("backups in "+p.Path, err.Error(), f.again())
		return nil
	}
	if !marked && len(list) == 0 {
		f.still("backups in "+p.Path, "its disk is not there; when it is, do this again (if it never will be: backup target forget "+shell.Quote(p.Path)+")", f.again())
		return nil
	}
	if slices.ContainsFunc(p.IDs, func(id string) bool { return is.ID != "" && id != is.ID }) {
		f.still("backups on another disk that was in "+p.Path, "that disk is not there; when it is, do this again", f.again())
	}
	f.Places = append(f.Places, p.Path)
	if err := f.backupsIn(ctx, catalog, p.Path); err != nil {
		return err
	}
	return catalog.Hold(ctx, func() error { return f.contentsIn(ctx, catalog, p.Path) })
}

// again is the command that does the same again.
func (f *forgetting) again() string {
	command := "purge " + f.kind
	for _, id := range f.ids {
		command += " " + shell.Quote(id)
	}
	return command + " --everywhere"
}

// contentsIn ends the contents in a place of backups that only the records needed, of which its
// lock is held.
func (f *forgetting) contentsIn(ctx context.Context, catalog *backup.Catalog, path string) error {
	dir, err := blobs.Open(repo.BlobsDir(path), blobs.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		f.still("contents in "+path, err.Error(), f.again())
		return nil
	}
	var there []string
	for _, sha := range slices.Sorted(maps.Keys(f.sums)) {
		if kept, err := dir.Kept(sha); err != nil {
			return err
		} else if kept {
			there = append(there, sha)
		}
	}
	if len(there) == 0 {
		return nil
	}
	if _, err := os.Stat(repo.DBPath(path)); err == nil {
		f.still(fmt.Sprintf("%d contents in %s", len(there), path), "a store is in that directory too, which may need them", "--store "+shell.Quote(path)+" blob gc")
		return nil
	}
	needed, err := f.namedBy(ctx, catalog)
	if err != nil {
		f.still(fmt.Sprintf("%d contents in %s", len(there), path), "a backup may name them: "+err.Error(), "backup list --from "+shell.Quote(path))
		return ctx.Err()
	}
	ended := slices.DeleteFunc(slices.Clone(there), func(sha string) bool { return needed[sha] })
	if kept := len(there) - len(ended); kept > 0 {
		f.still(fmt.Sprintf("%d contents in %s", kept, path), "a kept backup there names them", "backup list --from "+shell.Quote(path))
	}
	if err := errors.Join(dir.Trash(ctx, ended...), dir.Purge(ctx, ended...)); err != nil {
		f.still(fmt.Sprintf("%d contents in %s", len(ended), path), err.Error(), f.again())
	}
	return ctx.Err()
}

// namedBy gives the contents that backups in a place name.
func (f *forgetting) namedBy(ctx context.Context, catalog *backup.Catalog) (map[string]bool, error) {
	list, err := catalog.List(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, b := range list {
		contents, err := catalog.Contents(ctx, b)
		if err != nil {
			return nil, err
		}
		for _, c := range contents {
			named[c.SHA256] = true
		}
	}
	return named, nil
}

// asides names what a restore or a repair has put aside of the store as it was.
func (f *forgetting) asides() error {
	entries, err := os.ReadDir(f.s.Dir())
	if err != nil {
		return err
	}
	base := filepath.Base(f.s.Path())
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base+".aside-") || strings.HasPrefix(e.Name(), base+".damaged-") {
			name := filepath.Join(f.s.Dir(), e.Name())
			f.still(name, "a restore or a repair has put the files of the store aside there; look whether you need them, else remove it", "")
		}
	}
	return nil
}

// offsite names the targets whose backups may hold the records: what is there never changes, so
// these backups can only go as wholes.
func (f *forgetting) offsite() error {
	known, err := offsite.Recall(OffsiteMemory(f.s.Dir()))
	for _, k := range known {
		if k.Backup != "" {
			f.still("backups at "+k.Address, "objects there never change: make a new backup there, and remove the older ones", "backup forget --keep-last 1 --grace 0s --to "+shell.Quote(k.Address))
		}
	}
	return err
}

// follower says that a copy which Litestream makes has the records until it has thrown its old files away.
func (f *forgetting) follower(ctx context.Context) error {
	st, err := f.s.Status(ctx)
	if err == nil && st.Followed {
		f.still("Litestream's files, if it copies this store", "they go by its own retention, 24 hours unless its configuration says otherwise", "")
	}
	return err
}
