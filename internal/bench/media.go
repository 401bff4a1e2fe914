package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"time"
)

// medium is a file of one type, as people have them: nothing in it repeats more
// than in a real one.
type medium struct {
	name    string
	packs   bool // its format leaves something to save
	content []byte
}

// media gives one file of each type, of about size bytes; those whose format
// packs are as large as that makes them.
func media(size int) (list []medium, err error) {
	mix := newBlobMix()
	text := mix.text[:min(size, len(mix.text))]
	pic := picture(int(math.Sqrt(float64(size) / 4)))
	var asPNG, asJPEG, asZip bytes.Buffer
	if err := png.Encode(&asPNG, pic); err != nil {
		return nil, err
	}
	if err := jpeg.Encode(&asJPEG, pic, &jpeg.Options{Quality: 90}); err != nil {
		return nil, err
	}
	z := zip.NewWriter(&asZip)
	w, err := z.Create("word/document.xml")
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, err
	}
	return []medium{{"text", true, text}, {"JSON", true, records(size)}, {"SVG", true, drawing(size)}, {"BMP", true, bitmap(pic)}, {"WAV", true, sound(size)},
		{"PNG", false, asPNG.Bytes()}, {"JPEG", false, asJPEG.Bytes()}, {"MP4", false, film(size)}, {"zip (docx)", false, asZip.Bytes()}}, nil
}

func records(size int) []byte {
	b := []byte("[")
	for i := 0; len(b) < size; i++ {
		at := time.UnixMilli(1.7e12 + rand.Int64N(1e10)).UTC()
		one, _ := json.Marshal(map[string]any{"id": fmt.Sprintf("task-%d-%06x", at.UnixMilli(), rand.IntN(1<<24)), "title": fmt.Sprint("Call number ", rand.IntN(1e6)),
			"createdAt": at.Format(time.RFC3339), "done": i%3 == 0, "priority": []string{"low", "medium", "high"}[i%3]})
		b = append(append(b, one...), ',')
	}
	return append(b[:len(b)-1], ']')
}

func drawing(size int) []byte {
	b := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">`)
	for len(b) < size {
		b = fmt.Appendf(b, `<path d="M%.2f %.2fL%.2f %.2f" stroke="#%06x"/>`, 1000*rand.Float64(), 1000*rand.Float64(), 1000*rand.Float64(), 1000*rand.Float64(), rand.IntN(1<<24))
	}
	return append(b, "</svg>"...)
}

// picture is like a screenshot: areas of one colour, a shade, and lines of text.
func picture(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c := color.NRGBA{uint8(y * 255 / side), 240, 245, 255}
			if y/12%2 == 1 && x > side/5 && rand.IntN(3) == 0 {
				c = color.NRGBA{uint8(rand.IntN(256)), 30, 40, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func bitmap(m *image.NRGBA) []byte {
	side := m.Bounds().Dx()
	b := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(b[2:], uint32(54+len(m.Pix)))
	binary.LittleEndian.PutUint32(b[10:], 54)
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(side))
	binary.LittleEndian.PutUint32(b[22:], uint32(side))
	b[26], b[28] = 1, 32
	return append(b, m.Pix...)
}

// sound is a voice's two tones with pauses that are silent, 16 bits at 16 kHz.
func sound(size int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(b[4:], uint32(size+36))
	binary.LittleEndian.PutUint32(b[40:], uint32(size))
	for i := range size / 2 {
		at := float64(i) / 16000
		loud := max(0, math.Sin(at*25)) * 3000
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(loud*(math.Sin(at*1100)+math.Sin(at*2750)/2+rand.NormFloat64()/100))))
	}
	return b
}

// film is an MP4 as far as anybody looks: a box that names the format, and one of
// coded pictures, which look like noise.
func film(size int) []byte {
	b := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x00mdat")
	binary.BigEndian.PutUint32(b[24:], uint32(size+8))
	noise := make([]byte, size)
	rand.NewChaCha8([32]byte{7}).Read(noise)
	return append(b, noise...)
}
