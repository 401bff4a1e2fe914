package legacy

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
	"taskstore/schema"
)

// proving is a content of the source that has to be in the store.
type proving struct {
	content record.Content
	file    string // of the source, by its name in reports
	sum     string // SHA-256 of the file's bytes, in hex; "" is not known
	id      string // of an attachment that has it; "" where none does
}

// proveContents makes sure that each content of the source is in the store by its hash:
// those that records have, and those of the other files that hold one.
func (im *importer) proveContents(ctx context.Context) error {
	if !slices.Contains(im.collections(), "attachments") {
		return nil
	}
	if _, err := im.stage.DB.ExecContext(ctx, `CREATE INDEX IF NOT EXISTS candidates_by_content ON candidates (path, member, form, id) WHERE path <> ''`); err != nil {
		return err
	}
	tell, done := im.progress("compare contents"), int64(0)
	prove := func(list []proving) error {
		for _, p := range list {
			if err := im.proveContent(ctx, p); err != nil {
				return err
			}
			if done++; tell != nil && done%100 == 0 {
				tell(done, 0)
			}
		}
		return nil
	}
	for last := (proving{}); ; {
		list, err := im.recordedContents(ctx, last.content)
		if err != nil {
			return err
		}
		if err := prove(list); err != nil {
			return err
		}
		if len(list) < merge.PageRows {
			break
		}
		last = list[len(list)-1]
	}
	return im.proveUnnamed(ctx, prove)
}

// recordedContents gives the next contents that records have, each once.
func (im *importer) recordedContents(ctx context.Context, after record.Content) (list []proving, err error) {
	found, err := im.stage.DB.QueryContext(ctx, `
		SELECT path, member, form, min(id)
		FROM candidates
		WHERE path <> '' AND (path, member, form) > (?, ?, ?)
		GROUP BY path, member, form
		ORDER BY path, member, form
		LIMIT ?`, after.Path, after.Member, after.Form, merge.PageRows)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var p proving
		if err := found.Scan(&p.content.Path, &p.content.Member, &p.content.Form, &p.id); err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(im.src.Dir, p.content.Path)
		if err != nil {
			return nil, err
		}
		p.file = source.EscapedName(filepath.ToSlash(rel))
		if p.content.Member != "" && p.content.Form != record.ContentLine && p.content.Form != record.ContentRow {
			p.file = source.MemberPath(p.file, p.content.Member)
		}
		list = append(list, p)
	}
	return list, found.Err()
}

// contentForms are the formats of files that hold a content, and how.
var contentForms = map[string]string{names.FormDat: record.ContentDat, names.FormMedia: record.ContentFile, names.FormDedupDat: record.ContentDat, names.FormCAData: record.ContentText}

// proveUnnamed looks at the files that hold a content which no record was given: what
// is in them is that of another file, or lost.
func (im *importer) proveUnnamed(ctx context.Context, prove func([]proving) error) error {
	for after := ""; ; {
		list, err := im.filesWithContent(ctx, after)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].file
		var unnamed []proving
		for _, p := range list {
			var named bool
			err := im.stage.DB.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM candidates WHERE path = ? AND member = ? AND path <> '')`,
				p.content.Path, p.content.Member).Scan(&named)
			if err != nil {
				return err
			}
			if !named {
				unnamed = append(unnamed, p)
			}
		}
		if err := prove(unnamed); err != nil {
			return err
		}
	}
}

func (im *importer) filesWithContent(ctx context.Context, after string) (list []proving, err error) {
	found, err := im.stage.DB.QueryContext(ctx, `
		SELECT path, format, sha256
		FROM files
		WHERE path > ? AND status = ? AND records = 0 AND bytes > 0
		  AND (format IN (?, ?, ?, ?) OR format LIKE ?)
		ORDER BY path
		LIMIT ?`, after, record.StatusOK, names.FormDat, names.FormMedia, names.FormDedupDat, names.FormCAData, names.FormCAData+"-%", merge.PageRows)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var p proving
		var format string
		if err := found.Scan(&p.file, &format, &p.sum); err != nil {
			return nil, err
		}
		form := contentForms[format]
		if strings.HasPrefix(format, names.FormCAData) {
			form = record.ContentText
		}
		p.content = *im.src.Content(p.file, form)
		list = append(list, p)
	}
	return list, found.Err()
}

// proveContent makes sure that one content is in the store. What is in quarantine is
// proven there; what a person purged is meant to be gone.
func (im *importer) proveContent(ctx context.Context, p proving) error {
	kept, err := im.inQuarantine(ctx, p.file)
	if err != nil || kept {
		return err
	}
	sum, err := im.contentSum(ctx, p)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return nil // there is nothing in it
	case err != nil:
		return im.fail(ctx, p.file, p.id, "its content cannot be read: "+err.Error())
	case im.seen[sum]:
		return nil
	}
	problem, err := im.brokenContent(ctx, sum)
	if problem == nil {
		im.seen[sum] = err == nil
		return err
	}
	purged, err := im.purged(ctx, p)
	if err != nil || purged {
		return err
	}
	return im.fail(ctx, p.file, p.id, "its content is not in the store: "+problem.Error())
}

// inQuarantine says whether a file, or the zip that it is in, is in quarantine.
func (im *importer) inQuarantine(ctx context.Context, file string) (kept bool, err error) {
	outer, _, _ := source.CutMember(file)
	err = im.stage.DB.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM quarantine WHERE file IN (?, ?))`, file, outer).Scan(&kept)
	return kept, err
}

// purged says whether all attachments that have a content were removed from the store.
func (im *importer) purged(ctx context.Context, p proving) (bool, error) {
	if p.id == "" {
		return false, nil
	}
	found, err := im.stage.DB.QueryContext(ctx, `SELECT DISTINCT id FROM candidates WHERE path = ? AND member = ? AND path <> ''`, p.content.Path, p.content.Member)
	if err != nil {
		return false, err
	}
	defer found.Close()
	var ids []string
	for found.Next() {
		var id string
		if err := found.Scan(&id); err != nil {
			return false, err
		}
		ids = append(ids, id)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return false, err
	}
	removed, err := ledger.Of(im.store).RemovedOf(ctx, "attachment", ids)
	return len(removed) == len(ids), err
}

// contentSum is the hash under which the store has a content.
func (im *importer) contentSum(ctx context.Context, p proving) (string, error) {
	if p.content.Form == record.ContentFile {
		if p.sum == "" {
			if err := im.stage.DB.QueryRowContext(ctx, `SELECT sha256 FROM files WHERE path = ?`, p.file).Scan(&p.sum); err != nil {
				return "", err
			}
		}
		if p.sum != "" {
			return p.sum, nil
		}
	}
	in, err := im.src.OpenContent(ctx, p.content)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if p.content.Form == record.ContentFile {
		sum := sha256.New()
		_, err := io.Copy(sum, in)
		return source.HexSum(sum), err
	}
	text, err := io.ReadAll(io.LimitReader(in, inMemory+1))
	switch {
	case err != nil:
		return "", err
	case len(text) == 0:
		return "", fs.ErrNotExist
	case len(text) <= inMemory:
		return textSum(string(text)), nil
	}
	return im.largeSum(ctx, p)
}

// textSum is the hash of the bytes that a text stands for, or of the text itself.
func textSum(text string) string {
	data, _, ok := schema.DecodeContent(text)
	if !ok {
		data = []byte(text)
	}
	return rawjson.Sum(sha256.Sum256(data)).String()
}

// largeSum is textSum, piece by piece.
func (im *importer) largeSum(ctx context.Context, p proving) (string, error) {
	in, err := im.src.OpenContent(ctx, p.content)
	if err != nil {
		return "", err
	}
	defer in.Close()
	text, data := sha256.New(), sha256.New()
	read := io.TeeReader(in, text)
	dat, err := source.NewDatReader(read)
	if err == nil {
		_, err = io.Copy(data, dat)
	}
	if !errors.Is(err, source.ErrUndecodable) {
		return source.HexSum(data), err
	}
	if _, err := io.Copy(io.Discard, read); err != nil {
		return "", fmt.Errorf("read the text of %s: %w", p.file, err)
	}
	return source.HexSum(text), nil
}
