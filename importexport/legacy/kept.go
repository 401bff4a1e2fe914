package legacy

import (
	"archive/zip"
	"context"
	"io"
	pathpkg "path"
	"strings"

	"taskstore/internal/sqlitedb"
)

// Kept opens a file of the source as it goes into quarantine: byte for byte, unless a
// secret (an API key) stands in it. Then texts under the name of a secret are blanked out
// with asterisks, also in what is compressed: such a text is kept unpacked, a zip is
// written anew. redacted says whether that is so.
func (src *Source) Kept(path string) (in io.ReadCloser, redacted bool, err error) {
	defer sqlitedb.Wrap(&err, "open %s for quarantine", path)
	if _, _, member := cutMember(path); !member && strings.EqualFold(pathpkg.Ext(path), ".zip") {
		if a, err := src.archive(path); err == nil {
			return src.keptZip(path, a)
		}
	}
	open := func() (io.ReadCloser, error) { return src.Open(path) }
	if strings.HasSuffix(path, gzSuffix) {
		if in, hit, err := keptText(func() (io.ReadCloser, error) { return unzipped(open) }); hit || err != nil {
			return in, hit, err
		}
	}
	in, redacted, err = keptText(open)
	if err == nil && in == nil {
		in, err = open()
	}
	if err == nil {
		in = untilDamage{in}
	}
	return in, redacted, err
}

// untilDamage is a file, or a member of a zip, as far as it can be read.
type untilDamage struct{ io.ReadCloser }

func (u untilDamage) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if code(err) == "gzip-error" || code(err) == "truncated" {
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
	}{endsAtDamage{&gzipFile{src: f}}, f}, nil
}

// keptText opens a text without the secrets in it; nil when there are none.
func keptText(open func() (io.ReadCloser, error)) (io.ReadCloser, bool, error) {
	in, err := open()
	if err != nil {
		return nil, false, err
	}
	plan, err := lookFor(untilDamage{in})
	in.Close()
	if err != nil || !plan.hit() {
		return nil, false, err
	}
	if in, err = open(); err != nil {
		return nil, false, err
	}
	return piped(func(w io.Writer) error {
		defer in.Close()
		return plan.write(w, untilDamage{in})
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
func (src *Source) keptZip(path string, a *archive) (io.ReadCloser, bool, error) {
	plans, hit := make([]redaction, len(a.members)), false
	for i, m := range a.members {
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
		plans[i], err = lookFor(in)
		in.Close()
		if err != nil {
			return nil, false, err
		}
		hit = hit || plans[i].hit()
	}
	if !hit {
		in, err := src.open(context.Background(), path, nil)
		return in, false, err
	}
	return piped(func(w io.Writer) error { return a.rewrite(w, plans) }), true, nil
}

// secret says whether the member is a secret as a whole.
func (m *packed) secret() bool { return secretFile(pathpkg.Base(m.f.Name)) }

// readable says whether the bytes of a member can be had, whatever its name is.
func (m *packed) readable() bool { return !m.dir() && (m.code == "" || m.code == "unsafe-path") }

// open reads a member as far as it goes.
func (m *packed) open() (io.ReadCloser, error) {
	in, err := m.body()
	if err != nil {
		return nil, err
	}
	limited := &memberReader{ctx: context.Background(), in: in, left: int64(m.f.UncompressedSize64)}
	return struct {
		io.Reader
		io.Closer
	}{endsAtDamage{limited}, in}, nil
}

// rewrite writes the zip anew. A member without secrets is copied as it stands; one that
// is a secret as a whole stays with its name alone.
func (a *archive) rewrite(w io.Writer, plans []redaction) error {
	out := zip.NewWriter(w)
	for i, m := range a.members {
		if m.raw != nil && !plans[i].hit() && !m.secret() {
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

func (m *packed) rewrite(out *zip.Writer, plan redaction) error {
	to, err := out.CreateHeader(&zip.FileHeader{Name: m.f.Name, Method: zip.Deflate, Modified: m.f.Modified})
	if err != nil || !m.readable() || m.secret() {
		return err
	}
	in, err := m.open()
	if err != nil {
		return nil // its header is damaged: nothing of it can be had
	}
	defer in.Close()
	return plan.write(to, in)
}
