package legacy

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of a zip. An export of the application has a dozen members, which it
// does not compress; what goes beyond these is damage or malice.
const (
	maxMembers   = 20_000
	maxDirectory = 16 << 20 // bytes of the list of members
	maxRatio     = 200      // of a member's size to what it takes in the zip
	freeSize     = 64 << 20 // bytes up to which the ratio is of no interest
	maxUnpacked  = 64 << 30 // bytes of one member
)

// archive is an open zip of the source.
type archive struct {
	file    *os.File
	members []*packed
	byName  map[string]*packed
	cut     bool // the list of members is gone
}

// packed is a member of a zip. It is named as the zip does, except that a second
// one of the same name is told apart by a number.
type packed struct {
	name    string
	f       *zip.FileHeader
	body    func() (io.ReadCloser, error)
	raw     *zip.File // as the list has it; nil for one that was found without it
	code    string    // why it is not taken: a warning's code and detail
	problem string
}

// memberPath is the path of a zip's member; cutMember takes one apart.
func memberPath(outer, member string) string { return outer + "!/" + member }

func cutMember(path string) (outer, member string, ok bool) {
	for at := 0; ; {
		i := strings.Index(path[at:], "!/")
		if i < 0 {
			return "", "", false
		}
		if at += i; strings.EqualFold(pathpkg.Ext(path[:at]), ".zip") {
			return path[:at], path[at+2:], true
		}
		at += 2
	}
}

// archive opens a zip of the source; it stays open until the source is closed.
func (src *Source) archive(path string) (*archive, error) {
	if a := src.archives[path]; a != nil {
		return a, nil
	}
	f, err := src.tree.open(path)
	if err != nil {
		return nil, err
	}
	a, err := newArchive(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	src.archives[path] = a
	return a, nil
}

func newArchive(f *os.File) (*archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	list, cut, err := listZip(f, info.Size())
	if err != nil {
		return nil, err
	}
	a := &archive{file: f, members: list, byName: make(map[string]*packed, len(list)), cut: cut}
	for _, m := range list {
		name := m.name
		for n := 2; a.byName[m.name] != nil; n++ {
			m.name = fmt.Sprintf("%s (%d)", name, n)
		}
		a.byName[m.name] = m
	}
	return a, nil
}

// listZip reads the list of members and says which are not to be taken; cut says that
// the list is gone and the members were looked for.
func listZip(in io.ReaderAt, size int64) (list []*packed, cut bool, err error) {
	limited := &limitedAt{in: in, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	limited.off = true
	switch {
	case err == nil, errors.Is(err, zip.ErrInsecurePath):
		for _, f := range z.File {
			list = append(list, &packed{name: f.Name, f: &f.FileHeader, body: f.Open, raw: f})
		}
	case limited.left < 0:
		return nil, false, errTooLarge
	default:
		if list = cutMembers(in, size); len(list) == 0 {
			return nil, false, err
		}
		cut = true
	}
	if len(list) > maxMembers {
		return nil, cut, fmt.Errorf("%w: %d members", errTooLarge, len(list))
	}
	slashes(list)
	judge(list, size)
	return list, cut, nil
}

// slashes names the members of a zip that was made on Windows by a program that left
// its backslashes in the names as everybody else does. Where a member uses a slash, a
// backslash is a letter.
func slashes(list []*packed) {
	if slices.ContainsFunc(list, func(m *packed) bool { return strings.Contains(m.f.Name, "/") }) {
		return
	}
	for _, m := range list {
		m.f.Name = strings.ReplaceAll(m.f.Name, `\`, "/")
	}
}

// judge says which members are not to be taken.
func judge(list []*packed, size int64) {
	budget := uint64(max(4*freeSize, size*maxRatio))
	for _, m := range list {
		m.name = strings.ToValidUTF8(m.f.Name, "\uFFFD")
		m.judge()
		if m.code == "" && m.f.UncompressedSize64 > budget {
			m.code, m.problem = "too-large", "the zip unpacks to more than it should"
		}
		if m.code == "" {
			budget -= m.f.UncompressedSize64
		}
	}
}

// limitedAt gives no more than some bytes, until it is off.
type limitedAt struct {
	in   io.ReaderAt
	left int64
	off  bool
}

func (l *limitedAt) ReadAt(p []byte, at int64) (int, error) {
	if !l.off {
		if l.left -= int64(len(p)); l.left < 0 {
			return 0, errTooLarge
		}
	}
	return l.in.ReadAt(p, at)
}

var driveName = matching(`^[A-Za-z]:`)

// unsafeName says what is wrong with the name of a member; "" when nothing is. A
// trailing slash is the mark of a directory.
func unsafeName(name string) string {
	switch {
	case name == "":
		return "no name"
	case !utf8.ValidString(name), strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "letters that no name has"
	case strings.Contains(name, `\`):
		return "a backslash"
	case strings.HasPrefix(name, "/"):
		return "an absolute path"
	case driveName.MatchString(name):
		return "a drive"
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		switch part {
		case "..", ".":
			return "a path that leads elsewhere"
		case "":
			return "an empty part in the path"
		}
	}
	return ""
}

// judge says whether the member is to be taken.
func (m *packed) judge() {
	f := m.f
	switch problem := unsafeName(f.Name); {
	case problem != "":
		m.code, m.problem = "unsafe-path", problem
	case f.Mode()&fs.ModeSymlink != 0:
		m.code, m.problem = "unsafe-path", "a symbolic link"
	case !m.dir() && !f.Mode().IsRegular(), m.dir() && f.UncompressedSize64 > 0:
		m.code, m.problem = "unsafe-path", "no regular file"
	case f.Flags&1 != 0:
		m.code, m.problem = "unsupported", "it is encrypted"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		m.code, m.problem = "unsupported", fmt.Sprintf("compression method %d", f.Method)
	case f.UncompressedSize64 > maxUnpacked,
		f.UncompressedSize64 > freeSize && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		m.code, m.problem = "too-large", fmt.Sprintf("%d bytes packed in %d", f.UncompressedSize64, f.CompressedSize64)
	}
}

func (m *packed) dir() bool { return strings.HasSuffix(m.f.Name, "/") }

// begins says whether any member has a name with this beginning.
func (a *archive) begins(prefix string) bool {
	return slices.ContainsFunc(a.members, func(m *packed) bool { return strings.HasPrefix(m.f.Name, prefix) })
}

// open opens a member that is to be taken.
func (a *archive) open(ctx context.Context, name string, read func(int)) (io.ReadCloser, error) {
	m := a.byName[name]
	if m == nil || m.code != "" || m.dir() {
		return nil, fs.ErrNotExist
	}
	in, err := m.body()
	if err != nil {
		return nil, joined(errGzip, err)
	}
	return &memberReader{ctx: ctx, in: in, left: int64(m.f.UncompressedSize64), read: read}, nil
}

// memberReader reads a member, and never more than the zip says that it holds.
type memberReader struct {
	ctx  context.Context
	in   io.ReadCloser
	left int64
	read func(int)
}

func (r *memberReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.in.Read(p)
	if int64(n) > r.left {
		n, err = int(r.left), joined(errGzip, errors.New("more than the zip says"))
	}
	r.left -= int64(n)
	if r.read != nil {
		r.read(n)
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errTruncated
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.As(err, &corrupt):
		err = joined(errGzip, err)
	}
	return n, err
}

func (r *memberReader) Close() error { return r.in.Close() }
