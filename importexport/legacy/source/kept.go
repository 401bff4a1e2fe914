package source

import (
	"archive/zip"
	"context"
	"io"
	pathpkg "path"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/redact"
	"taskstore/internal/sqlitedb"
)

// Kept opens a file of the source as it goes into quarantine: byte for byte, unless a
// secret (an API key) stands in it. Then texts under the name of a secret are blanked out
// with asterisks, also in what is compressed: such a text is kept unpacked, a zip is
// written anew. redacted says whether that is so.
func (src *Source) Kept(path string) (in io.ReadCloser, redacted bool, err error) {
	defer sqlitedb.Wrap(&err, "open %s for quarantine", path)
	if _, _, member := CutMember(path); !member && strings.EqualFold(pathpkg.Ext(path), ".zip") {
		if a, err := src.Archive(path); err == nil {
			return src.keptZip(path, a)
		}
	}
	open := func() (io.ReadCloser, error) { return src.Open(path) }
	if strings.HasSuffix(path, names.GzSuffix) {
		if in, hit, err := keptText(func() (io.ReadCloser, error) { return unzipped(open) }); hit || err != nil {
			return in, hit, err
		}
	}
	in, redacted, err = keptText(open)
	if err == nil && in == nil {
		in, err = open()
	}
	if err == nil {
		in = UntilDamage{in}
	}
	return in, redacted, err
}

// UntilDamage is a file, or a member of a zip, as far as it can be read.
type UntilDamage struct{ io.ReadCloser }

func (u UntilDamage) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if rawjson.Code(err) == "gzip-error" || rawjson.Code(err) == "truncated" {
		err = io.EOF
	}
	return n, err
}

// unzipped opens what a compressed file holds.
func unzipped(open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{redact.EndsAtDamage{In: &rawjson.GzipFile{Src: f}}, f}, nil
}

// keptText opens a text without the secrets in it; nil when there are none.
func keptText(open func() (io.ReadCloser, error)) (io.ReadCloser, bool, error) {
	in, err := open()
	if err != nil {
		return nil, false, err
	}
	plan, err := redact.LookFor(UntilDamage{in})
	in.Close()
	if err != nil || !plan.Hit() {
		return nil, false, err
	}
	if in, err = open(); err != nil {
		return nil, false, err
	}
	return piped(func(w io.Writer) error {
		defer in.Close()
		return plan.Write(w, UntilDamage{in})
	}), true, nil
}

// piped reads what a function writes. Closed early, the function ends.
func piped(write func(io.Writer) error) io.ReadCloser {
	from, to := io.Pipe()
	go func() { to.CloseWithError(write(to)) }()
	return from
}

// keptZip opens a zip. If a secret stands in one of its members, it is written anew:
// the others as they are, those without their secrets.
func (src *Source) keptZip(path string, a *Archive) (io.ReadCloser, bool, error) {
	plans, hit := make([]redact.Redaction, len(a.Members)), false
	for i, m := range a.Members {
		if m.secret() {
			hit = true
			continue
		}
		if !m.readable() {
			continue
		}
		in, err := m.open()
		if err != nil {
			continue
		}
		plans[i], err = redact.LookFor(in)
		in.Close()
		if err != nil {
			return nil, false, err
		}
		hit = hit || plans[i].Hit()
	}
	if !hit {
		in, err := src.Reader(context.Background(), path, nil)
		return in, false, err
	}
	return piped(func(w io.Writer) error { return a.rewrite(w, plans) }), true, nil
}

// secret says whether the member is a secret as a whole.
func (m *packed) secret() bool { return names.SecretFile(pathpkg.Base(m.F.Name)) }

// readable says whether the bytes of a member can be had, whatever its name is.
func (m *packed) readable() bool { return !m.Dir() && (m.Code == "" || m.Code == "unsafe-path") }

// open reads a member as far as it goes.
func (m *packed) open() (io.ReadCloser, error) {
	in, err := m.body()
	if err != nil {
		return nil, err
	}
	limited := &memberReader{ctx: context.Background(), in: in, left: int64(m.F.UncompressedSize64)}
	return struct {
		io.Reader
		io.Closer
	}{redact.EndsAtDamage{In: limited}, in}, nil
}

// rewrite writes the zip anew. A member without secrets is copied as it stands; one that
// is a secret as a whole stays with its name alone.
func (a *Archive) rewrite(w io.Writer, plans []redact.Redaction) error {
	out := zip.NewWriter(w)
	for i, m := range a.Members {
		if m.raw != nil && !plans[i].Hit() && !m.secret() {
			if err := out.Copy(m.raw); err != nil {
				return err
			}
			continue
		}
		if err := m.rewrite(out, plans[i]); err != nil {
			return err
		}
	}
	return out.Close()
}

func (m *packed) rewrite(out *zip.Writer, plan redact.Redaction) error {
	to, err := out.CreateHeader(&zip.FileHeader{Name: m.F.Name, Method: zip.Deflate, Modified: m.F.Modified})
	if err != nil || !m.readable() || m.secret() {
		return err
	}
	in, err := m.open()
	if err != nil {
		return nil // its header is damaged: nothing of it can be had
	}
	defer in.Close()
	return plan.Write(to, in)
}
