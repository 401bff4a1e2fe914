package contents

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

func box(name string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), name...), body...)
}

func be32(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// movie is an MP4 of no pictures: its headers, with the index at the end as
// recorders write it.
func movie() []byte {
	tkhd := append(make([]byte, 76), be32(1280<<16, 720<<16)...)
	return bytes.Join([][]byte{
		box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2avc1mp41")),
		box("mdat", make([]byte, 5000)),
		box("moov", box("mvhd", be32(0, 0, 0, 600, 600*90+300), make([]byte, 80)), box("trak", box("tkhd", tkhd))),
	}, nil)
}

func wav(bytesPerSecond uint32, data int, said uint32) []byte {
	le := func(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
	b := le([]byte("RIFF"), uint32(36+data))
	b = le(append(b, "WAVEfmt "...), 16)
	b = append(b, 1, 0, 1, 0)
	b = le(le(b, bytesPerSecond/2), bytesPerSecond)
	b = append(b, 2, 0, 16, 0)
	b = append(b, "LIST\x03\x00\x00\x00abc\x00"...) // an odd chunk between
	return append(le(append(b, "data"...), said), make([]byte, data)...)
}

func encoded(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMedia(t *testing.T) {
	picture := image.NewPaletted(image.Rect(0, 0, 31, 17), color.Palette{color.Black, color.White})
	for name, c := range map[string]struct {
		content []byte
		want    Media
	}{
		"PNG":           {encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, picture) }), Media{"image/png", 31, 17, 0}},
		"JPEG":          {encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) }), Media{"image/jpeg", 31, 17, 0}},
		"GIF":           {encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, picture, nil) }), Media{"image/gif", 31, 17, 0}},
		"WAV":           {wav(32000, 48000, 48000), Media{"audio/wav", 0, 0, 1.5}},
		"WAV cut short": {wav(32000, 48000, 0xffffffff), Media{"audio/wav", 0, 0, 1.5}},
		"WAV, no rate":  {wav(0, 48000, 48000), Media{"audio/wav", 0, 0, 0}},
		"MP4":           {movie(), Media{"video/mp4", 1280, 720, 90.5}},
		"text":          {[]byte("only words"), Media{MIMEType: "text/plain; charset=utf-8"}},
		"nothing":       {nil, Media{MIMEType: "text/plain"}},
		"PNG's name":    {[]byte("\x89PNG\r\n\x1a\nand then words"), Media{MIMEType: "image/png"}},
	} {
		if got := media(c.content, bytes.NewReader(c.content), int64(len(c.content))); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// FuzzMedia: whatever the bytes say, the answer comes and is possible.
func FuzzMedia(f *testing.F) {
	f.Add(movie())
	f.Add(wav(32000, 100, 0))
	f.Add(wav(1, 100, 0xffffffff))
	f.Add(box("moov", box("moov", box("moov", box("mvhd", be32(1<<24, 0, 0, 0, 0, 1, 0xffffffff, 0xffffffff))))))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := media(content, bytes.NewReader(content), int64(len(content)))
		if m.Duration < 0 || m.Duration > 1e9 || m.Width < 0 || m.Height < 0 || m.MIMEType == "" {
			t.Errorf("%+v", m)
		}
	})
}
