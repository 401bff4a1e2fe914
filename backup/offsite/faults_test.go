package offsite

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
)

var allDamages = flag.Bool("damage.all", false, "damage an object of each kind in each way, sealed and not")

var faultRounds = flag.Int("fault.rounds", 1, "how many runs through a place that fails at random; a failure prints its number")

// overwriting is a server that puts over what is there even when asked not to.
type overwriting struct{ shelf.Objects }

func (o overwriting) Put(ctx context.Context, name string, body []byte, _ bool) error {
	return o.Objects.Put(ctx, name, body, false)
}

// appendOnly is a place whose keys may not delete.
type appendOnly struct{ shelf.Objects }

func (o appendOnly) Delete(context.Context, string) error {
	return &Error{Place: "appendOnly", Why: ErrDenied}
}

// TestFaults makes and forgets backups through a place that fails in every way. Whatever happened:
// each backup that is listed is whole, nothing half counts, and in the end it is all there.
func TestFaults(t *testing.T) {
	all := map[string]int{}
	for round := range *faultRounds {
		m, h := newPlace(t, round%2 == 0), newHome(t, 10, 7000, 20000)
		place := newFaulty(m.objs(), uint64(round), 0.08)
		failed := 0
		for i := range 3 {
			h.add(1)
			h.put(t, 100+i, 4000+i)
			for {
				target, err := Open(t.Context(), place, Options{Memory: m.memory})
				if err == nil {
					target.objs.Pause, target.objs.Tries = time.Microsecond, 4
					_, err = h.push(t.Context(), target)
				}
				m.wantListedWhole(t, h)
				if err == nil {
					break
				}
				if failed++; !errors.Is(err, ErrBusy) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoTarget) || failed > 200 {
					t.Fatalf("round %d: %v", round, err)
				}
			}
		}
		target := m.open(t, place, Options{Memory: m.memory})
		if v, err := target.Verify(t.Context(), VerifyOptions{}); err == nil && !v.OK() {
			t.Errorf("round %d: a fault on the way is taken for damage: %+v", round, v)
		}
		for what, n := range place.seen {
			all[what] += n
		}
	}
	for _, what := range []string{"drop", "half", "lost answer", "no get", "cut", "other bytes", "no stat", "list cut"} {
		if all[what] == 0 && *faultRounds > 1 {
			t.Errorf("%q never happened", what)
		}
	}
}

// wantListedWhole looks, by a way that does not fail, whether every backup that is listed is whole.
func (m made) wantListedWhole(t *testing.T, h *home) {
	t.Helper()
	sound := m.withKey(t)
	list, err := sound.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		if b.Unreadable != nil {
			t.Fatalf("%s: %v", b.ID, b.Unreadable)
		}
		m.wantWhole(t, b, h)
	}
}

// TestCutUpload: an upload that was cut goes on at the piece where it was.
func TestCutUpload(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 40*testPiece)
	ctx, cut := context.WithCancel(t.Context())
	target := m.open(t, &stopping{m.objs(), 25, cut, 0}, Options{Memory: m.memory, Workers: 1})
	if _, err := h.push(ctx, target); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := m.files(t, contentsFolder)
	if len(before) < 15 || len(before) > 30 {
		t.Errorf("%d pieces had come", len(before))
	}
	m.wantListedWhole(t, h)
	b := h.mustPush(t, m.Target)
	after := m.files(t, contentsFolder)
	if len(after) != 40 || !slices.Equal(before, after[:len(before)]) && len(slices.Compact(slices.Sorted(slices.Values(append(before, after...))))) != 40 {
		t.Errorf("pieces that had come were sent again: %d, then %d", len(before), len(after))
	}
	m.wantWhole(t, b, h)
}

// stopping ends after so many objects were put.
type stopping struct {
	shelf.Objects
	n    int
	cut  func()
	puts int
}

func (s *stopping) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	if s.puts++; s.puts == s.n {
		s.cut()
		return context.Canceled
	}
	return s.Objects.Put(ctx, name, body, ifAbsent)
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) == 0 {
		return []byte{1}
	}
	b[len(b)/2] ^= 4
	return b
}

// TestDamage spoils an object of each kind in each way: it is found and named, nothing else is
// affected, and what the store has heals it.
func TestDamage(t *testing.T) {
	ways := map[string]func([]byte) []byte{
		"flipped":   flip,
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"longer":    func(b []byte) []byte { return append(bytes.Clone(b), 0) },
		"other":     func(b []byte) []byte { return bytes.Repeat([]byte{7}, len(b)) },
		"missing":   nil,
	}
	kinds := []string{dbSuffix, listSuffix, manifestSuffix + ".", contentsFolder, "-00002-of-00003"}
	sealings := []bool{false, true}
	if !*allDamages {
		sealings = sealings[1:]
		ways = map[string]func([]byte) []byte{"flipped": flip, "missing": nil}
	}
	for _, sealed := range sealings {
		was, h := newPlace(t, sealed), newHome(t, 500, 2*testPiece+5)
		b := h.mustPush(t, was.Target)
		h.list = h.list[:0]
		h.add(1)
		sound := h.mustPush(t, was.Target) // it needs nothing of the other
		for what, how := range ways {
			for _, kind := range kinds {
				m := was.copied(t)
				var name string
				for _, f := range m.files(t, kind) {
					if strings.Contains(f, b.ID) || strings.HasPrefix(f, contentsFolder) {
						name = f
					}
				}
				if name == "" {
					t.Fatalf("there is no object of kind %s", kind)
				}
				if how == nil {
					if err := os.Remove(m.path(name)); err != nil {
						t.Fatal(err)
					}
				} else {
					m.spoil(t, name, how)
				}
				m.wantFound(t, what+" "+kind, name, b, sound, h)
			}
		}
	}
}

// copied is the target copied to another place, as any tool may do it.
func (m made) copied(t *testing.T) made {
	t.Helper()
	m.dir = t.TempDir()
	for o, err := range m.Target.objs.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		body, err := m.Target.objs.Whole(t.Context(), o.Name, 1<<20)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(m.path(o.Name)), 0o700), os.WriteFile(m.path(o.Name), body, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m.Target = m.withKey(t)
	return m
}

func (m made) wantFound(t *testing.T, what, name string, b, sound backup.Backup, h *home) {
	t.Helper()
	manifestGone := strings.HasPrefix(what, "missing "+manifestSuffix)
	v, err := m.Verify(t.Context(), VerifyOptions{})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	is, _ := pieces.ParseName(name)
	named := slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Object == is.Piece.String() && !f.Healed })
	if !named && !manifestGone {
		t.Errorf("%s: %s is not named: %+v", what, name, v.Findings)
	}
	for _, r := range v.Backups {
		if bad := r.Problem != ""; bad != (r.ID == b.ID) && !manifestGone {
			t.Errorf("%s: backup %s: %q", what, r.ID, r.Problem)
		}
	}
	m.wantWhole(t, sound, h)
	if got, err := m.Get(t.Context(), backup.Latest); err != nil || got.ID != sound.ID {
		t.Errorf("%s: the latest is %s, %v", what, got.ID, err)
	}
	if manifestGone {
		return // then there is no such backup
	}
	v, err = m.Verify(t.Context(), VerifyOptions{Heal: &Local{Contents: h.contents, Catalogs: []*backup.Catalog{h.catalog}}})
	if err != nil || !v.OK() || !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Healed }) {
		t.Fatalf("%s: healing: %+v, %v", what, v, err)
	}
	m.wantWhole(t, b, h)
	if v, err = m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() || len(v.Findings) > 0 {
		t.Errorf("%s: after healing: %+v, %v", what, v.Findings, err)
	}
}

// TestDamagedMark: one of the two marks is enough, and the other is written anew; when both are lost
// a store that remembers the target writes them.
func TestDamagedMark(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 10)
	b := h.mustPush(t, m.Target)
	whole, err := os.ReadFile(m.path(markName))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 31 {
		for _, name := range []string{markName, markCopy} {
			m.spoil(t, name, func(b []byte) []byte { b = bytes.Clone(b); b[i] ^= 2; return b })
			m.withKey(t)
			if got, err := os.ReadFile(m.path(name)); err != nil || !bytes.Equal(got, whole) {
				t.Fatalf("byte %d of %s was not mended, %v", i, name, err)
			}
		}
	}
	for _, name := range []string{markName, markCopy} {
		if err := os.Remove(m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), m.objs(), Options{Identity: m.identity}); !errors.Is(err, ErrNoTarget) {
		t.Errorf("without marks: %v", err)
	}
	m.open(t, m.objs(), Options{Memory: m.memory})
	m.wantWhole(t, b, h)
}

// TestForeign: what others have put there is named and left alone.
func TestForeign(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
	h.mustPush(t, m.Target)
	strangers := []string{"holiday.jpg", "backups/notes.txt", "contents/ab/x", "other/thing." + strings.Repeat("0", 32)}
	as := []string{"contents/00/" + strings.Repeat("f", 64) + "." + strings.Repeat("0", 32), "contents/00/x." + strings.Repeat("0", 32)}
	for _, name := range append(as, strangers...) {
		if err := m.objs().Put(t.Context(), name, []byte("mine"), false); err != nil {
			t.Fatal(err)
		}
	}
	if absent, err := m.Absent(t.Context(), h.list); err != nil || len(absent) > 0 {
		t.Errorf("contents are not found between them: %v, %v", absent, err)
	}
	v, err := m.Verify(t.Context(), VerifyOptions{})
	if err != nil || !v.OK() || len(v.Findings) != len(as)+len(strangers) {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := m.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil {
		t.Fatal(err)
	}
	for _, name := range strangers {
		if _, err := m.objs().Stat(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerifyGoesOn: a reading that was stopped goes on, and does not forget what it had found.
func TestVerifyGoesOn(t *testing.T) {
	m, h := newPlace(t, true), newHome(t)
	for i := range 3 * batch {
		h.put(t, 20+i)
	}
	b := h.mustPush(t, m.Target)
	first := m.files(t, contentsFolder)[0]
	m.spoil(t, first, flip)
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	m.opt.Progress = func(string, int64, int64) {
		if n++; n == 2*batch {
			stop()
		}
	}
	if _, err := m.Verify(ctx, VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again := m.open(t, m.objs(), Options{Memory: m.memory})
	v, err := again.Verify(t.Context(), VerifyOptions{})
	if err != nil || !v.GoesOn || !v.Whole || v.Objects >= 3*batch {
		t.Fatalf("it did not go on: %d objects, %+v, %v", v.Objects, v.Findings, err)
	}
	if v.OK() || v.Backups[0].ID != b.ID {
		t.Errorf("what was found before it was stopped is forgotten: %+v", v)
	}
	if v, err = again.Verify(t.Context(), VerifyOptions{}); err != nil || v.GoesOn {
		t.Errorf("after it was done: %+v, %v", v, err)
	}
	if v, err = again.Verify(t.Context(), VerifyOptions{Sample: 0.3}); err != nil || v.Whole || v.Objects == 0 || v.Objects > 2*batch {
		t.Errorf("a sample: %d, %v", v.Objects, err)
	}
}
