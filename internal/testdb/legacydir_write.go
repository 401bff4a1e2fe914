package testdb

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unicode/utf8"
)

// A source writes a JSON value, pretty as JSON.stringify(value, null, 2) does or
// compact, as often as it is asked to.
type source func(w io.Writer, pretty bool, prefix string) error

// source writes the entities of a collection as an array.
func (c LegacyContent) source(kind string) source {
	return func(w io.Writer, pretty bool, prefix string) error {
		n := c.Counts[kind]
		if n == 0 {
			_, err := io.WriteString(w, "[]")
			return err
		}
		line, sep := "", ""
		if pretty {
			line = "\n" + prefix
		}
		for i := range n {
			between := ","
			if i == 0 {
				between = "["
			}
			if pretty {
				sep = line + "  "
			}
			if _, err := io.WriteString(w, between+sep); err != nil {
				return err
			}
			if err := writeJSON(w, c.Entity(kind, i), pretty, prefix+"  "); err != nil {
				return fmt.Errorf("%s %d: %w", kind, i, err)
			}
		}
		_, err := io.WriteString(w, line+"]")
		return err
	}
}

func valueSource(raw []byte) source {
	return func(w io.Writer, pretty bool, prefix string) error { return writeJSON(w, raw, pretty, prefix) }
}

func writeJSON(w io.Writer, raw []byte, pretty bool, prefix string) error {
	var compact, out bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return err
	}
	if !pretty {
		_, err := w.Write(compact.Bytes())
		return err
	}
	if err := json.Indent(&out, compact.Bytes(), prefix, "  "); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// collection writes a collection file in the form of the writer.
func (w *legacyWriter) collection(name string, at time.Time, value source) error {
	if w.form == DirRaw {
		return w.stream(name, at, func(out io.Writer) error { return value(out, true, "") })
	}
	pretty := w.form == DirWrapped
	// The app hashes the text, and what main could not turn into a string of
	// letters in one call it saved without compression.
	sum, size := &sum32{}, &counter{}
	zip, err := gzip.NewWriterLevel(size, gzip.BestCompression)
	if err != nil {
		return err
	}
	text := bufio.NewWriter(io.MultiWriter(sum, zip))
	if err := errors.Join(value(text, pretty, ""), text.Flush(), zip.Close()); err != nil {
		return err
	}
	compressed := !pretty || size.n <= 64<<10
	return w.stream(name, at, func(out io.Writer) error {
		_, err := fmt.Fprintf(out, "{\n  \"version\": 1,\n  \"checksum\": %q,\n  \"timestamp\": %d,\n  \"compressed\": %t,\n  \"data\": \"",
			sum, at.UnixMilli(), compressed)
		if err != nil {
			return err
		}
		inner := writeEscaped
		if compressed {
			inner = writeGzip
		}
		if err := inner(out, func(in io.Writer) error { return value(in, pretty, "") }); err != nil {
			return err
		}
		_, err = io.WriteString(out, "\"\n}")
		return err
	})
}

func writeGzip(out io.Writer, value func(io.Writer) error) error {
	if _, err := io.WriteString(out, "GZIP_V1:"); err != nil {
		return err
	}
	b64 := base64.NewEncoder(base64.StdEncoding, out)
	zip, err := gzip.NewWriterLevel(b64, gzip.BestCompression)
	if err != nil {
		return err
	}
	return errors.Join(value(zip), zip.Close(), b64.Close())
}

// writeEscaped writes a text into a JSON string.
func writeEscaped(out io.Writer, value func(io.Writer) error) error { return value(escaper{out}) }

type escaper struct{ w io.Writer }

func (e escaper) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for _, c := range p {
		switch {
		case c == '"' || c == '\\':
			b.Write([]byte{'\\', c})
		case c == '\n':
			b.WriteString(`\n`)
		case c < 0x20:
			fmt.Fprintf(&b, "\\u%04x", c)
		default:
			b.WriteByte(c)
		}
	}
	_, err := e.w.Write(b.Bytes())
	return len(p), err
}

// stream writes a file piece by piece, dated at.
func (w *legacyWriter) stream(name string, at time.Time, value func(io.Writer) error) (err error) {
	to := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(value(buf), buf.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Chtimes(to, at, at)
}

// export writes the single file of version 1.0.0. Attachments are not part of it.
func (w *legacyWriter) export(c LegacyContent) error {
	name := fmt.Sprintf("taskerino-export-%d.json", w.at.UnixMilli())
	for _, kind := range LegacyKinds {
		w.wroteAll(name, kind, c)
	}
	return w.stream(name, w.at, func(out io.Writer) error {
		sep := "{\n  "
		put := func(key string, value source) error {
			if _, err := io.WriteString(out, sep+strconv.Quote(key)+": "); err != nil {
				return err
			}
			sep = ",\n  "
			return value(out, true, "  ")
		}
		for _, kind := range []string{"topics", "companies", "contacts", "notes", "tasks", "sessions"} {
			if err := put(kind, c.source(kind)); err != nil {
				return err
			}
		}
		for _, key := range []string{"aiSettings", "preferences"} {
			raw := c.Values[key]
			if raw == nil {
				raw = []byte("{}")
			}
			if err := put(key, valueSource(raw)); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(out, ",\n  \"exportedAt\": %q,\n  \"version\": \"1.0.0\",\n  \"appVersion\": \"0.5.1\"\n}",
			w.at.UTC().Format("2006-01-02T15:04:05.000Z"))
		return err
	})
}

// counter counts the bytes written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

// sum32 is the app's checksum: h*31+c over the UTF-16 code units of a text.
type sum32 struct {
	h    int32
	rest []byte // the beginning of a rune
}

func (s *sum32) Write(p []byte) (int, error) {
	all := append(s.rest, p...)
	for len(all) > 0 && utf8.FullRune(all) {
		r, n := utf8.DecodeRune(all)
		all = all[n:]
		if r > 0xffff {
			r -= 0x10000
			s.h = s.h*31 + 0xd800 + r>>10
			r = 0xdc00 + r&0x3ff
		}
		s.h = s.h*31 + r
	}
	s.rest = append([]byte(nil), all...)
	return len(p), nil
}

func (s *sum32) String() string { return strconv.FormatInt(int64(s.h), 36) }
