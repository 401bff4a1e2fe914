package packed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"taskstore/backup/pages"

	"github.com/klauspost/compress/zstd"
)

// halfNoise is content of which one half can be compressed.
func halfNoise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		if b[i] = byte(i >> 8); i&512 == 0 {
			b[i] = byte(r.Uint32())
		}
	}
	return b
}

// asEarlier compresses as earlier versions did: one frame that does not say how much it
// holds.
func asEarlier(t *testing.T, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	enc, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err == nil {
		_, err = io.Copy(enc, struct{ io.Reader }{bytes.NewReader(plain)})
	}
	if err = errors.Join(err, enc.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFrames packs contents of every length that could matter; they unpack to the same
// here, in zstd's own stream decoder as earlier versions use it, and in zstd's command.
func TestFrames(t *testing.T) {
	command, err := exec.LookPath("zstd")
	if err != nil {
		t.Log("there is no zstd in PATH")
	}
	for _, n := range []int{0, 1, 1000, FramePlain - 1, FramePlain, FramePlain + 1, 7*FramePlain + 5} {
		plain := halfNoise(n)
		name := filepath.Join(t.TempDir(), "x.zst")
		if err := Pack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name); err != nil {
			t.Fatal(err)
		}
		s, err := ReadBack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name)
		if err != nil || s.Bytes != int64(n) {
			t.Fatalf("%d: %+v, %v", n, s, err)
		}
		var out bytes.Buffer
		if err := Unpack(t.Context(), name, s, &out); err != nil || !bytes.Equal(out.Bytes(), plain) {
			t.Errorf("%d: unpacked to %d, %v", n, out.Len(), err)
		}
		packed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dec, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(2))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(dec); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d: as one stream: %d, %v", n, len(got), err)
		}
		dec.Close()
		if command != "" && n > 0 { // nothing is an empty file, as it always was
			if got, err := exec.Command(command, "-dc", name).Output(); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d: zstd -d: %d, %v", n, len(got), err)
			}
		}
	}
}

// TestEarlierFrame unpacks what earlier versions packed.
func TestEarlierFrame(t *testing.T) {
	for _, n := range []int{0, 1, 1000, FramePlain, 3*FramePlain + 5, 9 << 20} {
		plain := halfNoise(n)
		name := filepath.Join(t.TempDir(), "x.zst")
		packed := asEarlier(t, plain)
		if err := os.WriteFile(name, packed, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ReadBack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name)
		if err != nil || s.Bytes != int64(n) || s.FileBytes != int64(len(packed)) {
			t.Fatalf("%d: %+v, %v", n, s, err)
		}
		var out bytes.Buffer
		if err := Unpack(t.Context(), name, s, &out); err != nil || !bytes.Equal(out.Bytes(), plain) {
			t.Errorf("%d: unpacked to %d, %v", n, out.Len(), err)
		}
	}
}

// TestFrameDamage flips bits, cuts, and swaps whole frames, in files of several: every
// time it is found, whoever made the file.
func TestFrameDamage(t *testing.T) {
	plain := halfNoise(5*FramePlain + 1000)
	name := filepath.Join(t.TempDir(), "x.zst")
	if err := Pack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name); err != nil {
		t.Fatal(err)
	}
	framed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, sound := range map[string][]byte{"frames": framed, "one frame": asEarlier(t, plain)} {
		if err := os.WriteFile(name, sound, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ReadBack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			at := len(sound) / 60 * i
			if i < 20 {
				at = i // the header and the first block
			}
			spoilt := bytes.Clone(sound)
			spoilt[at] ^= 1 << (i % 8)
			wantSpoilt(t, name, s, spoilt, fmt.Sprintf("%s, byte %d", what, at))
		}
		for _, n := range []int{0, 1, 5, len(sound) / 2, len(sound) - 1} {
			wantSpoilt(t, name, s, sound[:n], fmt.Sprintf("%s, cut to %d", what, n))
		}
		wantSpoilt(t, name, s, append(bytes.Clone(sound), sound[:20]...), what+" and a part more")
		wantSpoilt(t, name, s, append(bytes.Clone(sound), sound...), what+" twice")
	}
	first := len(oneFrame(t, framed))
	second := len(oneFrame(t, framed[first:]))
	swapped := append(bytes.Clone(framed[first:first+second]), framed[:first]...)
	if err := os.WriteFile(name, framed, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := ReadBack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name)
	if err != nil {
		t.Fatal(err)
	}
	wantSpoilt(t, name, s, append(swapped, framed[first+second:]...), "two frames swapped")
	wantSpoilt(t, name, s, framed[first:], "the first frame gone")
}

// wantSpoilt unpacks also when only the hashes can tell.
func wantSpoilt(t *testing.T, name string, s Stored, file []byte, what string) {
	t.Helper()
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s.FileBytes = int64(len(file))
	if err := Unpack(t.Context(), name, s, io.Discard); !errors.Is(err, pages.ErrCorrupt) {
		t.Errorf("%s: %v", what, err)
	}
}

func oneFrame(t *testing.T, file []byte) []byte {
	t.Helper()
	b, err := readFrame(bufio.NewReader(bytes.NewReader(file)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReadBack: a file that does not unpack to what went in is not taken for packed.
func TestReadBack(t *testing.T) {
	plain := halfNoise(2*FramePlain + 7)
	name := filepath.Join(t.TempDir(), "x.zst")
	if err := Pack(t.Context(), pages.NewCores(), bytes.NewReader(plain), name); err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(plain)
	other[FramePlain+3] ^= 4
	for what, p := range map[string][]byte{"a bit": other, "shorter": plain[:len(plain)-1], "longer": append(bytes.Clone(plain), 0), "nothing": nil} {
		if _, err := ReadBack(t.Context(), pages.NewCores(), bytes.NewReader(p), name); !errors.Is(err, pages.ErrDiffers) {
			t.Errorf("%s: %v", what, err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadBack(cancelled, nil, bytes.NewReader(plain), name); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	refused := errors.New("no")
	if _, _, err := decode(t.Context(), nil, name, func([]byte) error { return refused }); !errors.Is(err, refused) || errors.Is(err, pages.ErrCorrupt) {
		t.Errorf("refused: %v", err)
	}
}

// FuzzFrames reads files that nobody wrote: it ends, and gives no more at once than a
// frame may hold.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\x99\xe9\xd8\x51")) // an empty frame
	f.Add([]byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x10\x00\x02\x00\x80x\x03\x00\x80y"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = Decompress(t.Context(), nil, bufio.NewReader(bytes.NewReader(file)), func(plain []byte) error {
			if len(plain) > frameLimit {
				t.Fatalf("a frame of %d bytes", len(plain))
			}
			return nil
		})
	})
}
