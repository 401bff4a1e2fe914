package legacy

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// aside is where something of a source is that could not be read.
type aside struct{ file, pointer string }

// compareQuarantine makes sure that the bytes of what could not be read are in
// quarantine: those of this state of the source, whatever other sources have at the same
// place.
func (im *importer) compareQuarantine(ctx context.Context) error {
	list, err := ledger.Of(im.store).Quarantine(ctx)
	if err != nil {
		return err
	}
	held := map[aside][]ledger.Quarantined{}
	for _, q := range list {
		at := aside{q.File, q.Pointer}
		held[at] = append(held[at], q)
	}
	files, err := im.stage.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		at := aside{f.Path, ""}
		blob, err := im.asideFile(ctx, f.Path, held[at])
		if err == nil {
			err = im.proveAside(ctx, at, blob)
		}
		if err != nil {
			return err
		}
	}
	for s, err := range im.stage.Strays(ctx) {
		at := aside{s.File, s.Pointer}
		if err == nil {
			err = im.proveAside(ctx, at, im.asideAs(held[at], rawjson.Sum(sha256.Sum256(s.Raw)).String(), true))
		}
		if err != nil {
			return err
		}
	}
	return im.proveKept(ctx)
}

// proveAside reads back the content that something is in quarantine as; "" is none.
func (im *importer) proveAside(ctx context.Context, at aside, blob string) error {
	if blob == "" {
		return im.fail(ctx, at.file, "", strings.TrimSpace(at.pointer+" its content is not in quarantine"))
	}
	problem, err := im.brokenContent(ctx, blob)
	if problem != nil {
		return im.fail(ctx, at.file, "", strings.TrimSpace(at.pointer+" what is in quarantine cannot be read back: "+problem.Error()))
	}
	return err
}

// blankedOut ends the reason of what is in quarantine without the secrets in it.
const blankedOut = "secrets in it were blanked out"

// asideFile gives the content that a file is in quarantine as: its bytes, or these
// without the secrets in them, or as much of a damaged member of a zip as can be read.
func (im *importer) asideFile(ctx context.Context, path string, list []ledger.Quarantined) (blob string, err error) {
	if len(list) == 0 {
		return "", nil
	}
	var sum string
	if err := im.stage.DB.QueryRowContext(ctx, `SELECT sha256 FROM files WHERE path = ?`, path).Scan(&sum); err != nil {
		return "", err
	}
	if blob = im.asideAs(list, sum, false); blob != "" {
		return blob, nil
	}
	in, redacted, err := im.src.Kept(path)
	if err != nil {
		return "", err
	}
	kept := sha256.New()
	_, err = io.Copy(kept, in)
	if err = errors.Join(err, in.Close()); err != nil {
		return "", err
	}
	return im.asideAs(list, source.HexSum(kept), redacted), nil
}

// asideAs finds the content with this hash. What this very import kept without the
// secrets in it may have been written by an earlier version, in other words.
func (im *importer) asideAs(list []ledger.Quarantined, sum string, redacted bool) string {
	i := slices.IndexFunc(list, func(q ledger.Quarantined) bool { return q.Blob == sum })
	if i < 0 && redacted {
		i = slices.IndexFunc(list, func(q ledger.Quarantined) bool { return q.Run == im.run.PK && strings.HasSuffix(q.Reason, blankedOut) })
	}
	if i < 0 {
		return ""
	}
	return list[i].Blob
}

// proveKept makes sure that each file which was not read wholly is to be in quarantine.
func (im *importer) proveKept(ctx context.Context) error {
	var list []string
	found, err := im.stage.DB.QueryContext(ctx, `
		SELECT path
		FROM files
		WHERE status IN (?, ?, ?, ?) AND path NOT IN (SELECT file FROM quarantine)
		ORDER BY path`, record.StatusPartial, record.StatusQuarantined, record.StatusRecovered, record.StatusUnsupported)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var path string
		if err := found.Scan(&path); err != nil {
			return err
		}
		list = append(list, path)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return err
	}
	for _, path := range list {
		if err := im.fail(ctx, path, "", "it was not read wholly, and its content is not in quarantine"); err != nil {
			return err
		}
	}
	return nil
}
