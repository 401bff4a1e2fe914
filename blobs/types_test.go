package blobs

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// pictureOf is like a screenshot: areas of one colour, a shade, marks like letters.
func pictureOf(side int, r *rand.Rand) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c := color.NRGBA{uint8(y * 255 / side), 240, 245, 255}
			if y/12%2 == 1 && r.IntN(3) == 0 {
				c = color.NRGBA{uint8(r.IntN(256)), 30, 40, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, fn func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := fn(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filesOfTypes gives real files of types that are to be compressed, and of those
// that are to be left alone.
func filesOfTypes(t *testing.T) (packs, alone map[string][]byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	m := pictureOf(200, r)
	bmp := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(bmp[2:], uint32(54+len(m.Pix)))
	binary.LittleEndian.PutUint32(bmp[10:], 54)
	binary.LittleEndian.PutUint32(bmp[14:], 40)
	binary.LittleEndian.PutUint32(bmp[18:], 200)
	binary.LittleEndian.PutUint32(bmp[22:], 200)
	bmp[26], bmp[28] = 1, 32
	wav := []byte("RIFF\x24\xf4\x01\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x00\xf4\x01\x00")
	for i := range 64000 {
		at := float64(i) / 16000
		wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(max(0, math.Sin(at*25))*3000*(math.Sin(at*1100)+r.NormFloat64()/100))))
	}
	svg, list := `<svg xmlns="http://www.w3.org/2000/svg">`, `[`
	for i := range 500 {
		svg += fmt.Sprintf(`<path d="M%d %dL%d %d"/>`, r.IntN(999), r.IntN(999), r.IntN(999), r.IntN(999))
		list += fmt.Sprintf(`{"id":"task-%d","title":"Call %d","done":%v},`, r.IntN(1e9), r.IntN(1e6), i%3 == 0)
	}
	packs = map[string][]byte{"text/plain": text(1, 20000), "application/json": []byte(strings.TrimSuffix(list, ",") + "]"),
		"image/svg+xml": []byte(svg + "</svg>"), "image/bmp": append(bmp, m.Pix...), "audio/wav": wav}
	film := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\xc3\x58mdat"), noise(3, 50000)...)
	alone = map[string][]byte{
		"image/png":  encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) }),
		"image/jpeg": encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) }),
		"video/mp4":  film,
		"application/zip": encoded(t, func(b *bytes.Buffer) error {
			z := zip.NewWriter(b)
			w, err := z.CreateHeader(&zip.FileHeader{Name: "stored.txt", Method: zip.Store}) // even what would pay
			if err != nil {
				return err
			}
			if _, err := w.Write(text(2, 20000)); err != nil {
				return err
			}
			return z.Close()
		}),
	}
	return packs, alone
}

// TestTypes: real files are compressed or left alone by their type, whether that is
// told or found out, and come back as they were.
func TestTypes(t *testing.T) {
	packs, alone := filesOfTypes(t)
	for encoding, files := range map[string]map[string][]byte{Zstd: packs, "": alone} {
		for mime, content := range files {
			for _, told := range []string{mime, "", "application/octet-stream"} {
				d := open(t) // a content that is there already stays as it is
				info := put(t, d, content, told)
				if info.Encoding != encoding {
					t.Errorf("%s, told as %q, is stored as %q", mime, told, info.Encoding)
				}
				if small := info.Stored <= info.Size*9/10; small != (encoding == Zstd) || encoding == "" && info.Stored != info.Size {
					t.Errorf("%s, told as %q: %d of %d bytes", mime, told, info.Stored, info.Size)
				}
				if got, err := read(t, d, info.SHA256); err != nil || !bytes.Equal(got, content) {
					t.Errorf("%s comes back as %d bytes of %d, %v", mime, len(got), len(content), err)
				}
			}
		}
	}
}
