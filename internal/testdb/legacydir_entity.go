package testdb

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"
)

// entities writes a file for each entity, with its checksum, and the index of each
// collection. Every second file is compressed. Companies are spelled in turn as
// the app spelled them and as they should be.
func (w *legacyWriter) entities(c LegacyContent) error {
	for _, kind := range LegacyKinds {
		n, ok := c.Counts[kind]
		if !ok {
			continue
		}
		index := make([]object, n)
		for i := range n {
			raw, err := compacted(c.Entity(kind, i))
			if err != nil {
				return fmt.Errorf("%s %d: %w", kind, i, err)
			}
			index[i] = indexEntry(kind, raw)
			if err := w.entity(kind, i, raw); err != nil {
				return err
			}
		}
		text, err := lettered(index)
		if err != nil {
			return err
		}
		if err := w.file(filepath.Join("db", kind, "index.json"), w.at, text); err != nil {
			return err
		}
	}
	return nil
}

// entity writes the file of an entity and the one of its checksum, which is over
// the text even if the file is compressed.
func (w *legacyWriter) entity(kind string, i int, raw []byte) error {
	singular := kind[:len(kind)-1]
	if i%2 == 1 {
		singular = Singular(kind)
	}
	id := legacyID(raw)
	name, text := filepath.Join("db", kind, singular+"-"+id+".json"), raw
	if i%2 == 1 {
		var packed bytes.Buffer
		zip := gzip.NewWriter(&packed)
		if _, err := zip.Write(raw); err != nil {
			return err
		}
		if err := zip.Close(); err != nil {
			return err
		}
		name, text = name+".gz", packed.Bytes()
	}
	if err := w.file(name, w.at, text); err != nil {
		return err
	}
	w.wrote(name, kind, id, raw)
	sum := sha256.Sum256(raw)
	return w.file(name+".checksum", w.at, []byte(hex.EncodeToString(sum[:])))
}

func indexEntry(kind string, raw []byte) object {
	entry := object{}
	for _, name := range map[string][]string{"sessions": {"startTime", "endTime", "status", "name"}, "tasks": {"title", "status", "priority"}}[kind] {
		if v, ok := memberOf(raw, name); ok {
			entry[name] = v
		}
	}
	if text, ok := memberOf(raw, "content"); kind == "notes" && ok {
		var title string
		if json.Unmarshal(text, &title) == nil {
			entry["title"] = string([]rune(title)[:min(50, len([]rune(title)))])
		}
	}
	entry["id"] = legacyID(raw)
	return entry
}

func memberOf(raw []byte, name string) (json.RawMessage, bool) {
	all := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &all) != nil {
		return nil, false
	}
	v, ok := all[name]
	return v, ok
}

// lettered is json.Marshal, but for letters that it would write as escapes.
func lettered(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func compacted(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.Bytes(), err
}

// log writes the write-ahead log, with an entry for each collection. In turn these
// stand alone, in a transaction that was committed, in one that never was, and in
// one that was taken back.
func (w *legacyWriter) log(c LegacyContent, turn uint64) error {
	var b bytes.Buffer
	line := func(at time.Time, operation, tx string, more object) error {
		entry := object{"id": fmt.Sprintf("wal-%d", b.Len()), "timestamp": at.UnixMilli(), "operation": operation, "collection": ""}
		if tx != "" {
			entry["transactionId"] = tx
		}
		for name, v := range more {
			entry[name] = v
		}
		text, err := lettered(entry)
		b.Write(append(text, '\n'))
		return err
	}
	for i, kind := range LegacyKinds {
		if c.Counts[kind] == 0 {
			continue
		}
		way := LogWays[(turn+uint64(i))%uint64(len(LogWays))]
		if err := w.logged(kind, way, c, line); err != nil {
			return err
		}
	}
	if err := w.file(filepath.Join("db", "wal.log"), w.at, b.Bytes()); err != nil {
		return err
	}
	return w.file(filepath.Join("db", "wal.checkpoint"), w.at, []byte(strconv.FormatInt(w.at.Add(-time.Hour).UnixMilli(), 10)))
}

// LogWays are the ways in which the entries of a log stand in it.
var LogWays = []string{"alone", "committed", "uncommitted", "rolled-back"}

func (w *legacyWriter) logged(kind, way string, c LegacyContent, line func(at time.Time, operation, tx string, more object) error) error {
	var value bytes.Buffer
	if err := c.source(kind)(&value, false, ""); err != nil {
		return err
	}
	data := object{"collection": kind, "data": json.RawMessage(value.Bytes()), "checksum": LegacyChecksum(value.Bytes())}
	for i := range c.Counts[kind] {
		raw := c.Entity(kind, i)
		w.wrote(filepath.Join("db", "wal.log"), kind, legacyID(raw), raw)
	}
	if way == "alone" {
		return line(w.at, "write", "", data)
	}
	tx := "tx-" + kind
	if err := line(w.at, "transaction-start", tx, nil); err != nil {
		return err
	}
	if err := line(w.at.Add(time.Millisecond), "write", tx, data); err != nil {
		return err
	}
	switch way {
	case "committed":
		return line(w.at.Add(2*time.Millisecond), "transaction-commit", tx, nil)
	case "rolled-back":
		return line(w.at.Add(2*time.Millisecond), "transaction-rollback", tx, nil)
	}
	return nil
}

// LegacyChecksum is the app's checksum of a text.
func LegacyChecksum(text []byte) string {
	var s sum32
	if _, err := io.Copy(&s, bytes.NewReader(text)); err != nil {
		panic(err) // it takes everything
	}
	return s.String()
}
