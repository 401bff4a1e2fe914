package offsite

import (
	"fmt"
	"strconv"
	"strings"

	"taskstore/internal/pattern"
)

// The folders of a target.
const (
	backupsFolder  = "backups/"
	contentsFolder = "contents/"
	stateFolder    = "state/"
	leaseFolder    = "lease/"
)

// Files of a backup, after its id, as package backup names them.
const (
	dbSuffix       = ".db.zst"
	listSuffix     = ".contents.zst"
	manifestSuffix = ".json"
)

// piece names a part of a stream: one of so many, or the whole of it.
type piece struct {
	base  string // of the stream
	n, of int    // from 1
}

func (p piece) String() string {
	if p.of == 1 {
		return p.base
	}
	return fmt.Sprintf("%s-%05d-of-%05d", p.base, p.n, p.of)
}

const mostPieces = 99999

// object is what the name of an object says.
type object struct {
	piece
	tag string
}

var nameForm = pattern.Of(`^([a-z]+/[0-9A-Za-z./-]+?)(?:-(\d{5})-of-(\d{5}))?\.([0-9a-f]{32})$`)

// parseName reads the name of an object; ok is false for one that was not made here.
func parseName(name string) (o object, ok bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return o, false
	}
	o = object{piece{m[1], 1, 1}, m[4]}
	if m[2] != "" {
		o.n, _ = strconv.Atoi(m[2])
		o.of, _ = strconv.Atoi(m[3])
	}
	return o, o.n >= 1 && o.n <= o.of && (m[2] == "" || o.of > 1)
}

var backupName = pattern.Of(`^backups/(\d{8}-\d{6}-\d{3}-[0-9a-f]{4})(\.db\.zst|\.contents\.zst|\.json)$`)

// backupOf tells to which file of which backup a stream belongs; "" is to none.
func backupOf(base string) (id, suffix string) {
	if m := backupName.FindStringSubmatch(base); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// parts is how many pieces a stream of so many bytes has.
func (t *Target) parts(size int64) int {
	return max(1, int((size+t.mark.Piece-1)/t.mark.Piece))
}

// length is how long a piece of a stream of so many bytes is.
func (t *Target) length(p piece, size int64) int64 {
	return min(t.mark.Piece, size-int64(p.n-1)*t.mark.Piece)
}

// own tells whether a name is in a folder of this program.
func own(name string) bool {
	for _, folder := range []string{backupsFolder, contentsFolder, stateFolder, leaseFolder} {
		if strings.HasPrefix(name, folder) {
			return true
		}
	}
	return name == markName || name == markCopy || strings.HasPrefix(name, "probe/")
}
