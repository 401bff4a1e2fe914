package testdb

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// The forms that hold copies of a content, or of a part of it. Several of them may stand
// in one directory, beside others.
const (
	DirBundle    DirForm = "bundle"     // backups/backup-<ms>.json
	DirOldExport DirForm = "old-export" // one file without a version: topics, notes, tasks
	DirSessions  DirForm = "sessions"   // a file for each session that was exported
	DirState     DirForm = "state"      // the localStorage state, or a dump of all its keys
	DirRescue    DirForm = "rescue"     // a critical save: sessions alone
	DirDatabase  DirForm = "database"   // a dump of the IndexedDB
	DirZip       DirForm = "zip"        // an exported zip
	DirRollback  DirForm = "rollback"   // a rollback point: sessions alone
	DirCopy      DirForm = "copy"       // the copies that a migration script made
	DirStaged    DirForm = "staged"     // an unfinished transaction
	DirRoot      DirForm = "root"       // sessions.json beside db
	DirSpread    DirForm = "spread"     // all tasks or notes spread into the file of the first
	DirReplayed  DirForm = "replayed"   // files of entities below db/db
)

// AllDirForms lists all forms.
func AllDirForms() []DirForm {
	return []DirForm{DirRaw, DirWrapped, DirWrappedV2, DirExport, DirEntity, DirChunked, DirLog, DirBundle, DirOldExport, DirSessions,
		DirState, DirRescue, DirDatabase, DirZip, DirRollback, DirCopy, DirStaged, DirRoot, DirSpread, DirReplayed}
}

// copies writes one of the forms that hold copies; turn chooses between their variants.
func (w *legacyWriter) copies(c LegacyContent, turn uint64) error {
	ms := w.at.UnixMilli()
	sessions := c
	sessions.Counts = map[string]int{"sessions": c.Counts["sessions"]}
	switch w.form {
	case DirBundle:
		return w.document(fmt.Sprintf("backups/backup-%d.json", ms), c, LegacyKinds, func(all object) object {
			for i, kind := range LegacyKinds {
				if raw, ok := all[kind].(json.RawMessage); ok && (turn+uint64(i))%3 == 0 {
					all[kind] = string(raw) // as main saved what was large
				}
			}
			return object{"version": 1, "timestamp": ms, "collections": all}
		})
	case DirOldExport:
		return w.document(fmt.Sprintf("taskerino-backup-%d.json", ms), c, []string{"topics", "notes", "tasks"}, func(all object) object {
			all["exportedAt"] = w.iso()
			return all
		})
	case DirState:
		return w.document(fmt.Sprintf("state-%d.json", ms), c, LegacyKinds, func(all object) object {
			all["activeSessionId"], all["aiSettings"] = nil, object{}
			if turn%2 == 0 {
				return all
			}
			text, _ := lettered(all)
			return object{"taskerino-v3-state": string(text), "sidebar-width": "300"}
		})
	case DirRescue:
		return w.document(fmt.Sprintf("rescue-%d.json", ms), sessions, []string{"sessions"}, func(all object) object {
			all["activeSessionId"], all["timestamp"] = nil, ms
			return all
		})
	case DirDatabase:
		return w.database(c, turn)
	case DirZip:
		return w.zip(c)
	case DirSessions, DirReplayed, DirSpread:
		return w.single(c)
	}
	return w.beside(c, sessions)
}

func (w *legacyWriter) iso() string { return w.at.UTC().Format("2006-01-02T15:04:05.000Z") }

// beside writes the forms that are collection files in another place.
func (w *legacyWriter) beside(c, sessions LegacyContent) error {
	form, ms := w.form, w.at.UnixMilli()
	defer func() { w.form = form }()
	c.Values = nil
	switch w.form = DirWrappedV2; form {
	case DirRollback:
		return w.collections(sessions, w.at, func(key string) string { return fmt.Sprintf("rollback-points/rollback-%d/%s.json", ms, key) })
	case DirCopy:
		return w.collections(c, w.at, func(key string) string { return fmt.Sprintf("%s.json.backup-%d", key, ms) })
	case DirStaged:
		return w.collections(c, w.at, func(key string) string { return fmt.Sprintf("tx-temp-%d/%s.json", ms, key) })
	case DirRoot:
		w.form = DirRaw
		return w.collections(sessions, w.at, func(key string) string { return "../" + key + ".json" })
	}
	return fmt.Errorf("no form %q", form)
}

// document writes one file that holds these collections, made by made.
func (w *legacyWriter) document(name string, c LegacyContent, kinds []string, made func(object) object) error {
	all := object{}
	for _, kind := range kinds {
		if _, ok := c.Counts[kind]; !ok {
			continue
		}
		raw, err := c.list(kind)
		if err != nil {
			return err
		}
		all[kind] = raw
		w.wroteAll(name, kind, c)
	}
	text, err := lettered(made(all))
	if err != nil {
		return err
	}
	return w.file(filepath.FromSlash(name), w.at, text)
}

// list gives a collection as an array.
func (c LegacyContent) list(kind string) (json.RawMessage, error) {
	var b bytes.Buffer
	err := c.source(kind)(&b, false, "")
	return b.Bytes(), err
}

// database writes the records of an IndexedDB, whose data is a value, a text, or a
// compressed text in turn.
func (w *legacyWriter) database(c LegacyContent, turn uint64) error {
	name := fmt.Sprintf("indexeddb-%d.json", w.at.UnixMilli())
	var records []object
	for i, kind := range LegacyKinds {
		if _, ok := c.Counts[kind]; !ok {
			continue
		}
		raw, err := c.list(kind)
		if err != nil {
			return err
		}
		var data any = raw
		switch (turn + uint64(i)) % 3 {
		case 1:
			data = string(raw)
		case 2:
			var packed strings.Builder
			if err := writeGzip(&packed, func(out io.Writer) error { _, err := out.Write(raw); return err }); err != nil {
				return err
			}
			data = packed.String()
		}
		records = append(records, object{"name": kind, "data": data, "timestamp": w.at.UnixMilli()})
		w.wroteAll(name, kind, c)
	}
	var all any = records
	if turn%2 == 1 {
		all = object{"collections": records, "backups": []object{}}
	}
	text, err := lettered(all)
	if err != nil {
		return err
	}
	return w.file(name, w.at, text)
}

// zip writes an exported zip: the collection files as they are, not compressed again.
func (w *legacyWriter) zip(c LegacyContent) error {
	name := fmt.Sprintf("taskerino-export-%d.zip", w.at.UnixMilli())
	return w.stream(name, w.at, func(out io.Writer) error {
		z := zip.NewWriter(out)
		add := func(name string, value func(io.Writer) error) error {
			m, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: w.at})
			if err != nil {
				return err
			}
			return value(m)
		}
		for _, kind := range LegacyKinds {
			if _, ok := c.Counts[kind]; !ok {
				continue
			}
			raw, err := c.list(kind)
			if err == nil {
				err = add(kind+".json", func(m io.Writer) error { return w.wrapper(m, raw) })
			}
			if err != nil {
				return err
			}
			w.wroteAll(name, kind, c)
		}
		err := add("export-metadata.json", func(m io.Writer) error {
			_, err := fmt.Fprintf(m, `{"version":1,"timestamp":%d,"source":"tauri-filesystem"}`, w.at.UnixMilli())
			return err
		})
		return errors.Join(err, z.Close())
	})
}

// wrapper writes a compressed value in its wrapper.
func (w *legacyWriter) wrapper(out io.Writer, raw []byte) error {
	_, err := fmt.Fprintf(out, "{\"version\":1,\"checksum\":%q,\"timestamp\":%d,\"compressed\":true,\"data\":\"", LegacyChecksum(raw), w.at.UnixMilli())
	if err != nil {
		return err
	}
	if err := writeGzip(out, func(in io.Writer) error { _, err := in.Write(raw); return err }); err != nil {
		return err
	}
	_, err = io.WriteString(out, "\"}")
	return err
}

// single writes the forms of a file for each record, or for one of them.
func (w *legacyWriter) single(c LegacyContent) error {
	for _, kind := range LegacyKinds {
		n := c.Counts[kind]
		switch {
		case w.form == DirSessions && kind != "sessions", w.form == DirSpread && kind != "tasks" && kind != "notes", n == 0:
			continue
		case w.form == DirSpread:
			if err := w.spread(kind, c); err != nil {
				return err
			}
			continue
		}
		for i := range n {
			raw, err := compacted(c.Entity(kind, i))
			if err != nil {
				return err
			}
			id := legacyID(raw)
			name := fmt.Sprintf("db/db/%s/%s-%s.json.json", kind, kind[:len(kind)-1], id)
			if w.form == DirSessions {
				name = fmt.Sprintf("session-%d-%d.json", i, w.at.UnixMilli())
			}
			w.wrote(name, kind, id, raw)
			if err := w.file(filepath.FromSlash(name), w.at, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// spread writes a collection into the file of its first entity, as {...array, id}.
func (w *legacyWriter) spread(kind string, c LegacyContent) error {
	id := legacyID(c.Entity(kind, 0))
	name := fmt.Sprintf("db/%s/%s-%s.json", kind, Singular(kind), id)
	var b bytes.Buffer
	for i := range c.Counts[kind] {
		raw, err := compacted(c.Entity(kind, i))
		if err != nil {
			return err
		}
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + strconv.Quote(strconv.Itoa(i)) + ":")
		b.Write(raw)
		w.wrote(name, kind, legacyID(raw), raw)
	}
	quoted, err := lettered(id)
	if err != nil {
		return err
	}
	b.WriteString(`,"id":` + string(quoted) + "}")
	return w.file(filepath.FromSlash(name), w.at, b.Bytes())
}
