package source

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

	"taskstore/importexport/legacy/rawjson"
	"taskstore/internal/pattern"
)

// The limits of a zip. An export of the application has a dozen members, which it
// does not compress; what goes beyond these is damage or malice.
const (
	MaxMembers   = 20_000
	maxDirectory = 16 << 20 // bytes of the list of members
	maxRatio     = 200      // of a member's size to what it takes in the zip
	freeSize     = 64 << 20 // bytes up to which the ratio is of no interest
	maxUnpacked  = 64 << 30 // bytes of one member
)

// Archive is an open zip of the source.
type Archive struct {
	file    *os.File
	Members []*packed
	ByName  map[string]*packed
	Cut     bool // the list of members is gone
}

// packed is a member of a zip. It is named as the zip does, except that a second
// one of the same name is told apart by a number.
type packed struct {
	Name    string
	F       *zip.FileHeader
	body    func() (io.ReadCloser, error)
	raw     *zip.File // as the list has it; nil for one that was found without it
	Code    string    // why it is not taken: a warning's code and detail
	Problem string
}

// MemberPath is the path of a zip's member; CutMember takes one apart.
func MemberPath(outer, member string) string { return outer + "!/" + member }

func CutMember(path string) (outer, member string, ok bool) {
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

// Archive opens a zip of the source; it stays open until the source is closed.
func (src *Source) Archive(path string) (*Archive, error) {
	if a := src.archives[path]; a != nil {
		return a, nil
	}
	f, err := src.Tree.Open(path)
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

func newArchive(f *os.File) (*Archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	list, cut, err := listZip(f, info.Size())
	if err != nil {
		return nil, err
	}
	a := &Archive{file: f, Members: list, ByName: make(map[string]*packed, len(list)), Cut: cut}
	for _, m := range list {
		name := m.Name
		for n := 2; a.ByName[m.Name] != nil; n++ {
			m.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		a.ByName[m.Name] = m
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
			list = append(list, &packed{Name: f.Name, F: &f.FileHeader, body: f.Open, raw: f})
		}
	case limited.left < 0:
		return nil, false, rawjson.ErrTooLarge
	default:
		if list = cutMembers(in, size); len(list) == 0 {
			return nil, false, err
		}
		cut = true
	}
	if len(list) > MaxMembers {
		return nil, cut, fmt.Errorf("%w: %d members", rawjson.ErrTooLarge, len(list))
	}
	slashes(list)
	judge(list, size)
	return list, cut, nil
}

// slashes names the members of a zip that was made on Windows by a program that left
// its backslashes in the names as everybody else does. Where a member uses a slash, a
// backslash is a letter.
func slashes(list []*packed) {
	if slices.ContainsFunc(list, func(m *packed) bool { return strings.Contains(m.F.Name, "/") }) {
		return
	}
	for _, m := range list {
		m.F.Name = strings.ReplaceAll(m.F.Name, `\`, "/")
	}
}

// judge says which members are not to be taken.
func judge(list []*packed, size int64) {
	budget := uint64(max(4*freeSize, size*maxRatio))
	for _, m := range list {
		m.Name = strings.ToValidUTF8(m.F.Name, "\uFFFD")
		m.judge()
		if m.Code == "" && m.F.UncompressedSize64 > budget {
			m.Code, m.Problem = "too-large", "the zip unpacks to more than it should"
		}
		if m.Code == "" {
			budget -= m.F.UncompressedSize64
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
			return 0, rawjson.ErrTooLarge
		}
	}
	return l.in.ReadAt(p, at)
}

var driveName = pattern.Of(`^[A-Za-z]:`)

// UnsafeName says what is wrong with the name of a member; "" when nothing is. A
// trailing slash is the mark of a directory.
func UnsafeName(name string) string {
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
	f := m.F
	switch problem := UnsafeName(f.Name); {
	case problem != "":
		m.Code, m.Problem = "unsafe-path", problem
	case f.Mode()&fs.ModeSymlink != 0:
		m.Code, m.Problem = "unsafe-path", "a symbolic link"
	case !m.Dir() && !f.Mode().IsRegular(), m.Dir() && f.UncompressedSize64 > 0:
		m.Code, m.Problem = "unsafe-path", "no regular file"
	case f.Flags&1 != 0:
		m.Code, m.Problem = "unsupported", "it is encrypted"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		m.Code, m.Problem = "unsupported", fmt.Sprintf("compression method %d", f.Method)
	case f.UncompressedSize64 > maxUnpacked,
		f.UncompressedSize64 > freeSize && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		m.Code, m.Problem = "too-large", fmt.Sprintf("%d bytes packed in %d", f.UncompressedSize64, f.CompressedSize64)
	}
}

func (m *packed) Dir() bool { return strings.HasSuffix(m.F.Name, "/") }

// Begins says whether any member has a name with this beginning.
func (a *Archive) Begins(prefix string) bool {
	return slices.ContainsFunc(a.Members, func(m *packed) bool { return strings.HasPrefix(m.F.Name, prefix) })
}

// Open opens a member that is to be taken.
func (a *Archive) Open(ctx context.Context, name string, read func(int)) (io.ReadCloser, error) {
	m := a.ByName[name]
	if m == nil || m.Code != "" || m.Dir() {
		return nil, fs.ErrNotExist
	}
	in, err := m.body()
	if err != nil {
		return nil, rawjson.Joined(rawjson.ErrGzip, err)
	}
	return &memberReader{ctx: ctx, in: in, left: int64(m.F.UncompressedSize64), read: read}, nil
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
		n, err = int(r.left), rawjson.Joined(rawjson.ErrGzip, errors.New("more than the zip says"))
	}
	r.left -= int64(n)
	if r.read != nil {
		r.read(n)
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = rawjson.ErrTruncated
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.As(err, &corrupt):
		err = rawjson.Joined(rawjson.ErrGzip, err)
	}
	return n, err
}

// Close has nothing to say: where a member is damaged, its reads have told, and closing it
// would tell once more.
func (r *memberReader) Close() error {
	_ = r.in.Close()
	return nil
}
