package blobs

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"
)

// benchmark runs with and without flushes, on contents of 38 KB of which every second one is text.
func benchmark(b *testing.B, run func(b *testing.B, d *Dir, contents func(i int) []byte)) {
	const size = 38 << 10
	for _, c := range []struct {
		name string
		fsys fileSystem
	}{{"fsync", osFS{}}, {"nosync", noSyncFS{}}} {
		b.Run(c.name, func(b *testing.B) {
			d, err := openOn(c.fsys, filepath.Join(b.TempDir(), "blobs"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			kinds := [][]byte{noise(1, size), text(1, size)}
			b.SetBytes(size)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, d, func(i int) []byte {
				content := bytes.Clone(kinds[i%2])
				binary.LittleEndian.PutUint64(content, uint64(i))
				return content
			})
		})
	}
}

func BenchmarkPut(b *testing.B) {
	benchmark(b, func(b *testing.B, d *Dir, content func(int) []byte) {
		for i := range b.N {
			put(b, d, content(i), "")
		}
	})
}

func BenchmarkPutMany(b *testing.B) {
	benchmark(b, func(b *testing.B, d *Dir, content func(int) []byte) {
		infos, err := d.PutMany(b.Context(), func(yield func(Source) bool) {
			for i := range b.N {
				if !yield(Bytes(content(i), "")) {
					return
				}
			}
		})
		if err != nil || len(infos) != b.N {
			b.Fatal(len(infos), err)
		}
	})
}

// BenchmarkPutAgain puts what is there already.
func BenchmarkPutAgain(b *testing.B) {
	benchmark(b, func(b *testing.B, d *Dir, content func(int) []byte) {
		for i := range b.N {
			put(b, d, content(i%2), "")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for name, content := range map[string][]byte{"plain": noise(1, 8<<20), "zstd": text(1, 8<<20)} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			sum := put(b, d, content, "").SHA256
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if err := d.Verify(b.Context(), sum); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
