package decode

import (
	"crypto/sha256"
	"hash"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/source"
)

// entryHead is what an entry says besides what it writes.
type entryHead struct {
	timestamp, operation, collection, transaction, checksum string
	surplus                                                 string // a member that no entry has, or that says nothing there
	kind                                                    byte   // of data
	data                                                    int
	sum                                                     rawjson.Sum32 // of what is written
	sha                                                     hash.Hash     // of it too, in the entry of one entity
}

// read takes one member of an entry.
func (h *entryHead) read(s *rawjson.Scanner, i int, name string, kind byte) error {
	to := map[string]*string{"timestamp": &h.timestamp, "operation": &h.operation,
		"collection": &h.collection, "transactionId": &h.transaction, "checksum": &h.checksum}[name]
	composite := kind == '{' || kind == '['
	if name != "id" && to == nil && (name != "data" || h.data >= 0) && kind != 'n' || to != nil && composite {
		h.surplus = name
	}
	switch {
	case name == "data":
		h.data, h.kind = i, kind
		return s.Feed(h)
	case to == nil:
		return s.Skip()
	}
	v, whole, err := s.Front(rawjson.MaxScalar)
	if err == nil && whole && string(v) != "null" {
		*to = string(v)
	}
	return err
}

// Write takes the text of what is written.
func (h *entryHead) Write(p []byte) (int, error) {
	if strings.HasPrefix(h.collection, `"db/`) {
		if h.sha == nil {
			h.sha = sha256.New()
		}
		h.sha.Write(p)
	}
	return h.sum.Write(p)
}

// sound says whether the checksum, if there is one, is that of what is written: the
// application's own, or a SHA-256 in the entry of one entity.
func (h *entryHead) sound() bool {
	want := rawjson.Unquote([]byte(h.checksum))
	if len(want) == 2*sha256.Size {
		return h.sha == nil || want == source.HexSum(h.sha)
	}
	return want == "" || want == h.sum.String()
}
