package blobs

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// TestMemory: a content of 64 MB passes in and out through a few buffers.
func TestMemory(t *testing.T) {
	const size = 64 << 20
	d := open(t)
	for _, mime := range []string{"text/plain", "image/png"} {
		used := allocated(func() {
			info, err := d.Put(t.Context(), io.LimitReader(&repeater{text: []byte(mime + " again ")}, size), PutOptions{MIME: mime})
			if err != nil || info.Size != size {
				t.Fatalf("%+v, %v", info, err)
			}
			if err := d.Verify(t.Context(), info.SHA256); err != nil {
				t.Fatal(err)
			}
		})
		if used > 24<<20 {
			t.Errorf("%s: %d MB were allocated for %d MB", mime, used>>20, size>>20)
		}
	}
}

// allocated is how many bytes a call allocates, collected or not.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

type repeater struct {
	text []byte
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at%len(r.text)]
		r.at++
	}
	return len(p), nil
}

// TestAnyContent puts and reads contents of every make, in pieces of every size.
func TestAnyContent(t *testing.T) {
	d := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		var content []byte
		for range rapid.IntRange(0, 4).Draw(rt, "parts") {
			n, seed := rapid.IntRange(0, 200_000).Draw(rt, "length"), rapid.Uint64().Draw(rt, "seed")
			if rapid.Bool().Draw(rt, "text") {
				content = append(content, text(seed, n)...)
			} else {
				content = append(content, noise(seed, n)...)
			}
		}
		info := put(t, d, content, rapid.SampledFrom([]string{"", "text/plain", "image/png", "a/b"}).Draw(rt, "MIME"))
		r, err := d.Open(t.Context(), info.SHA256)
		if err != nil {
			rt.Fatal(err)
		}
		defer r.Close()
		var got []byte
		for piece := make([]byte, rapid.IntRange(1, 300_000).Draw(rt, "piece")); ; {
			n, err := r.Read(piece[:max(1, min(len(piece), len(content)/3))])
			got = append(got, piece[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		if !bytes.Equal(got, content) {
			rt.Fatalf("%d bytes became %d", len(content), len(got))
		}
	})
}
