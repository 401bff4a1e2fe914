package offsite

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/offsite/turns"
	"taskstore/blobs"
	"taskstore/internal/seal"
)

// TestRoundTrip brings backups to a target and back, sealed and not, with contents of every length
// that could matter; the second sends what is new alone.
func TestRoundTrip(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		m, h := newPlace(t, sealed), newHome(t, 0, 1, testPiece-1, testPiece, testPiece+1, 5*testPiece+7)
		first := h.mustPush(t, m.Target)
		before := m.files(t, contentsFolder)
		if want := 1 + 1 + 1 + 1 + 2 + 6; len(before) != want {
			t.Errorf("sealed %v: %d objects of contents, not %d", sealed, len(before), want)
		}
		h.put(t, 77)
		h.add(3)
		second := h.mustPush(t, m.Target)
		after := m.files(t, contentsFolder)
		if len(after) != len(before)+1 {
			t.Errorf("sealed %v: %d objects more", sealed, len(after)-len(before))
		}
		list, err := m.List(t.Context())
		if err != nil || len(list) != 2 || list[0].ID != second.ID || !list[0].Good() || list[0].Counts["notes"] != 20 {
			t.Fatalf("sealed %v: %+v, %v", sealed, list, err)
		}
		for _, b := range []backup.Backup{first, second} {
			m.wantWhole(t, b, h)
		}
		if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() || !v.Whole || len(v.Findings) > 0 {
			t.Errorf("sealed %v: %+v, %v", sealed, v, err)
		}
	}
}

// TestSealed: neither a name nor a byte there tells what is in the store, and nobody reads it without
// the key; the store goes on without it.
func TestSealed(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 10, 9000)
	h.mustPush(t, m.Target)
	for _, name := range m.files(t, "") {
		body, err := os.ReadFile(m.path(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range h.list {
			if strings.Contains(name, c.SHA256[:16]) {
				t.Errorf("%s tells the hash of a content", name)
			}
		}
		if len(body) > 0 && !strings.HasPrefix(string(body), "age-encryption.org/v1\n") && !strings.HasPrefix(name, "taskstore.") {
			t.Errorf("%s is not sealed: %.40q", name, body)
		}
		if strings.Contains(string(body), m.identity) || strings.Contains(string(body), m.pieces.Keys.Own()) {
			t.Errorf("%s holds a key", name)
		}
	}
	known, err := os.ReadFile(m.knownFile())
	if err != nil || strings.Contains(string(known), m.identity) {
		t.Errorf("the memory holds the identity, %v", err)
	}
	store := m.open(t, m.objs(), Options{Memory: m.memory})
	if store.Readable() {
		t.Error("the store can read what it has sealed")
	}
	b := h.mustPush(t, store)
	if v, err := store.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("verify without a key: %+v, %v", v, err)
	}
	if _, err := store.Fetch(t.Context(), b, backup.Open(t.TempDir(), backup.Options{})); !errors.Is(err, ErrKey) {
		t.Errorf("fetch without a key: %v", err)
	}
}

// TestKeys: each key that does not fit is told from each other fault.
func TestKeys(t *testing.T) {
	m, other := newPlace(t, true), newPlace(t, true)
	for what, opt := range map[string]Options{
		"none": {}, "another": {Identity: other.identity}, "rubbish": {Identity: "hello"}, "a passphrase": {Passphrase: "x"},
		"another memory": {Memory: other.memory},
	} {
		_, err := Open(t.Context(), m.objs(), opt)
		var told *Error
		if !errors.Is(err, ErrKey) || !errors.As(err, &told) || what != "a passphrase" && told.Advice == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	whole := "target  dir:x\nkey     " + strings.TrimSpace(m.identity) + "\nsealed  yes\n"
	if _, err := Open(t.Context(), m.objs(), Options{Identity: whole}); err != nil {
		t.Errorf("all that was printed when the key was made: %v", err)
	}
	if _, err := Open(t.Context(), shelf.OpenDir(t.TempDir(), nil), Options{}); !errors.Is(err, ErrNoTarget) {
		t.Errorf("no target: %v", err)
	}
	if err := os.RemoveAll(m.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(m.dir, os.DirFS(other.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), m.objs(), Options{Memory: m.memory}); !errors.Is(err, ErrOther) {
		t.Errorf("another target: %v", err)
	}
	if _, _, err := Init(t.Context(), m.objs(), InitOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("init over a target: %v", err)
	}
}

// TestPassphrase: a target made with a passphrase opens with that alone.
func TestPassphrase(t *testing.T) {
	defer func(was int) { seal.WorkFactor = was }(seal.WorkFactor)
	seal.WorkFactor = 2
	dir, h := t.TempDir(), newHome(t, 100)
	target, _, err := Init(t.Context(), shelf.OpenDir(dir, nil), InitOptions{Options: Options{Passphrase: "one two three"}, NewIdentity: true, piece: testPiece})
	if err != nil {
		t.Fatal(err)
	}
	b := h.mustPush(t, target)
	if _, err := Open(t.Context(), shelf.OpenDir(dir, nil), Options{Passphrase: "one two"}); !errors.Is(err, ErrKey) {
		t.Errorf("another passphrase: %v", err)
	}
	again, err := Open(t.Context(), shelf.OpenDir(dir, nil), Options{Passphrase: "one two three"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Fetch(t.Context(), b, backup.Open(t.TempDir(), backup.Options{})); err != nil {
		t.Error(err)
	}
}

// TestMissingContent: what the store itself has lost or damaged is marked in the backup, which is made.
func TestMissingContent(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 50, 9000)
	h.list = append(h.list, backup.Content{SHA256: strings.Repeat("ab", 32), Size: 5})
	b := h.mustPush(t, m.Target)
	if b.Named.Missing != 1 {
		t.Errorf("%d are missing", b.Named.Missing)
	}
	if _, err := m.Content(t.Context(), strings.Repeat("ab", 32)); !errors.Is(err, blobs.ErrNotFound) {
		t.Error(err)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
	m.wantWhole(t, b, h)
}

// TestForget removes backups at once and what they alone needed after the grace period, in a later
// run; what a kept backup needs stays.
func TestForget(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100, 4000)
	now, _ := m.clock()
	first := h.mustPush(t, m.Target)
	h.list = h.list[:1]
	h.add(1)
	second := h.mustPush(t, m.Target)
	c, err := m.Forget(t.Context(), []string{first.ID}, ForgetOptions{Grace: time.Hour})
	if err != nil || c.Removed != 0 || c.Waiting != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if left := m.files(t, first.ID); len(left) > 0 {
		t.Errorf("left of the backup: %v", left)
	}
	*now = now.Add(59 * time.Minute)
	if c, err = m.Forget(t.Context(), nil, ForgetOptions{Grace: time.Hour}); err != nil || c.Removed != 0 || c.Waiting != 2 {
		t.Errorf("before its time: %+v, %v", c, err)
	}
	*now = now.Add(time.Minute)
	if c, err = m.Forget(t.Context(), nil, ForgetOptions{Grace: time.Hour}); err != nil || c.Removed != 2 || c.Waiting != 0 {
		t.Errorf("after it: %+v, %v", c, err)
	}
	if n := len(m.files(t, contentsFolder)); n != 1 {
		t.Errorf("%d objects of contents", n)
	}
	m.wantWhole(t, second, h)
	if list := m.files(t, turns.Folder); len(list) != 1 {
		t.Errorf("leases are left: %v", list)
	}
	if list := m.files(t, "unneeded"); len(list) != 0 {
		t.Errorf("notes are left: %v", list)
	}
}

// TestForgetUnreadable: while nobody can say what a backup needs, nothing is collected.
func TestForgetUnreadable(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	b := h.mustPush(t, m.Target)
	h.list = nil
	h.add(1)
	h.mustPush(t, m.Target)
	m.spoil(t, m.files(t, b.ID+listSuffix)[0], flip)
	c, err := m.Forget(t.Context(), nil, ForgetOptions{Grace: -1})
	if err != nil || c.WhyNot == "" || c.Removed > 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestTwoMachines: nothing is collected while another machine makes a backup, and none forgets
// while another does.
func TestTwoMachines(t *testing.T) {
	m, h := newPlace(t, true), newHome(t, 100)
	b := h.mustPush(t, m.Target)
	h.add(1)
	h.list = nil
	h.mustPush(t, m.Target)
	one, two := m.withKey(t), m.withKey(t)
	use, err := two.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := one.Forget(t.Context(), []string{b.ID}, ForgetOptions{Grace: -1})
	if err != nil || c.WhyNot == "" || len(m.files(t, contentsFolder)) != 1 {
		t.Errorf("while another makes a backup: %+v, %v", c, err)
	}
	use.Done()
	ctx, _, release, err := one.turns().Take(t.Context(), "test", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Forget(t.Context(), nil, ForgetOptions{}); !errors.Is(err, ErrHeld) {
		t.Errorf("two at once: %v", err)
	}
	if err := errors.Join(ctx.Err(), release()); err != nil {
		t.Error(err)
	}
	if c, err = two.Forget(t.Context(), nil, ForgetOptions{Grace: -1}); err != nil || c.Removed != 1 {
		t.Errorf("after it: %+v, %v", c, err)
	}
}

// TestLeaseOfTheDead: a lease that nobody renews ends by itself, when clocks that differ agree on it.
func TestLeaseOfTheDead(t *testing.T) {
	m := newPlace(t, false)
	now, objs := m.clock()
	one, two := m.machine(t, objs, now, 0), m.machine(t, objs, now, 0)
	if _, _, _, err := one.turns().Take(t.Context(), "test", false); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(turns.LeaseLasts + turns.Skew - time.Second)
	if _, err := two.Forget(t.Context(), nil, ForgetOptions{}); !errors.Is(err, ErrHeld) {
		t.Errorf("before its end: %v", err)
	}
	*now = now.Add(2 * time.Second)
	if _, err := two.Forget(t.Context(), nil, ForgetOptions{}); err != nil {
		t.Errorf("after its end: %v", err)
	}
}

// TestLeaseRace: of many that take the lease at once, one has it at a time.
func TestLeaseRace(t *testing.T) {
	m := newPlace(t, true)
	held, errs := make(chan bool, 1), make(chan error, 8)
	for range cap(errs) {
		other := m.withKey(t)
		go func() {
			for {
				_, _, release, err := other.turns().Take(t.Context(), "race", false)
				if errors.Is(err, ErrHeld) {
					continue
				}
				if err == nil {
					select {
					case held <- true:
						<-held
					default:
						err = errors.New("two have the lease")
					}
					err = errors.Join(err, release())
				}
				errs <- err
				return
			}
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestUnable: where a server cannot refuse to overwrite, nobody forgets unless they say that they
// are alone.
func TestUnable(t *testing.T) {
	objs, h := overwriting{shelf.OpenDir(t.TempDir(), nil)}, newHome(t, 10)
	target, _, err := Init(t.Context(), objs, InitOptions{Options: Options{Memory: t.TempDir()}, piece: testPiece})
	if err != nil || target.Mark().Probed.Conditional {
		t.Fatalf("%+v, %v", target.Mark().Probed, err)
	}
	b := h.mustPush(t, target)
	if _, err := target.Forget(t.Context(), []string{b.ID}, ForgetOptions{}); !errors.Is(err, ErrUnable) {
		t.Error(err)
	}
	if _, err := target.Forget(t.Context(), []string{b.ID}, ForgetOptions{Alone: true}); err != nil {
		t.Error(err)
	}
}

// TestAppendOnly: with credentials that cannot delete, backups are made and verified, and forget says
// what it may not.
func TestAppendOnly(t *testing.T) {
	dir, h := t.TempDir(), newHome(t, 10, 7000)
	target, _, err := Init(t.Context(), appendOnly{shelf.OpenDir(dir, nil)}, InitOptions{Options: Options{Memory: t.TempDir()}, piece: testPiece})
	if err != nil || target.Mark().Probed.Delete {
		t.Fatalf("%+v, %v", target.Mark().Probed, err)
	}
	b := h.mustPush(t, target)
	if v, err := target.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("verify: %+v, %v", v, err)
	}
	if err := target.Drilled(t.Context(), b.ID, nil); err != nil {
		t.Error(err)
	}
	_, err = target.Forget(t.Context(), []string{b.ID}, ForgetOptions{})
	var told *Error
	if !errors.Is(err, ErrDenied) || !errors.As(err, &told) || !strings.Contains(told.Advice, "can only add") {
		t.Errorf("forget: %v", err)
	}
	list, err := target.List(t.Context())
	if err != nil || len(list) != 1 || !list[0].Good() || list[0].Drilled == nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestStates: what became known of a backup is what was said last.
func TestStates(t *testing.T) {
	m, h := newPlace(t, true), newHome(t)
	now := time.Now()
	m.opt.Now = func() time.Time { now = now.Add(time.Second); return now }
	b := h.mustPush(t, m.Target)
	for _, pin := range []bool{true, false, true} {
		if _, err := m.Pin(t.Context(), b.ID, pin); err != nil {
			t.Fatal(err)
		}
		got, err := m.Get(t.Context(), b.ID[:12])
		if err != nil || got.Pinned != pin {
			t.Errorf("pinned: %v, %v", got.Pinned, err)
		}
	}
	for _, bad := range []error{errors.New("bad"), nil} {
		if err := m.Drilled(t.Context(), b.ID, bad); err != nil {
			t.Fatal(err)
		}
		got, err := m.Get(t.Context(), backup.Latest)
		if bad != nil && !errors.Is(err, backup.ErrNone) || bad == nil && (err != nil || !got.Drilled.OK) {
			t.Errorf("drilled %v: %+v, %v", bad, got.State, err)
		}
	}
	// Somebody who does not know the key says that it is unpinned.
	name := m.files(t, string(pinned))[0]
	forged := strings.Replace(name, "-pinned-", "-unpinned-", 1)
	if err := m.objs().Put(t.Context(), strings.Replace(forged, "state/1", "state/9", 1), nil, false); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Get(t.Context(), b.ID); err != nil || !got.Pinned {
		t.Errorf("a forged state counts: %+v, %v", got.State, err)
	}
	if v, err := m.Verify(t.Context(), VerifyOptions{}); err != nil || !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Object != "" && f.What == Damaged }) {
		t.Errorf("%+v, %v", v, err)
	}
}
