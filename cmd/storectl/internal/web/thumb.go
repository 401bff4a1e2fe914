package web

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif" // pictures of this form are made small
	"image/jpeg"
	_ "image/png" // likewise
	"io"
	"net/http"

	"taskstore/blobs"

	_ "golang.org/x/image/bmp" // likewise
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // likewise
	"golang.org/x/sync/semaphore"
)

// What is made small, and how much memory that may take at once. A picture of the screen has 4 bytes a pixel.
const (
	thumbSide   = 480      // of the longer side
	mostPixels  = 48 << 20 // of a picture that is made small at all
	mostBytes   = 64 << 20 // of a file
	pixelMemory = 12 << 20 // pixels that are unpacked at once
)

// thumbs makes pictures small when they are first asked for, and keeps them in the cache of the user.
type thumbs struct {
	room  *semaphore.Weighted
	cache *cache
}

func newThumbs(dir string) *thumbs {
	return &thumbs{room: semaphore.NewWeighted(pixelMemory), cache: newCache(dir)}
}

// thumb gives a picture in small. It is asked for by its hash, and only given while the store has the content.
func (s *Server) thumb(w http.ResponseWriter, r *http.Request) {
	reader, _, err := s.openContent(r.Context(), r.FormValue("sha"))
	if err != nil {
		s.refuse(w, r, s.explain(err))
		return
	}
	defer reader.Close()
	sum := reader.Info().SHA256
	small, kept := s.small.cache.get(sum)
	if !kept {
		if small, err = s.small.make(r.Context(), reader); err != nil {
			s.refuse(w, r, refusal{Status: http.StatusUnsupportedMediaType, Title: "No small picture", Text: "This content is no picture that can be made small. It can be opened as it is."})
			return
		}
		if err := s.small.cache.put(sum, small); err != nil {
			s.opt.Log.Debug("a small picture was not kept", "error", err)
		}
	}
	w.Header().Set("Content-Security-Policy", contentPolicy)
	w.Header().Set("Content-Type", "image/jpeg")
	http.ServeContent(w, r, "", s.small.cache.begun, bytes.NewReader(small))
}

var errNoPicture = errors.New("no picture that can be made small")

// make makes a picture small. Its size is looked at before it is unpacked, and the memory for it waited for.
func (t *thumbs) make(ctx context.Context, reader *blobs.Reader) ([]byte, error) {
	if reader.Info().Size > mostBytes {
		return nil, errNoPicture
	}
	packed, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	pixels := int64(config.Width) * int64(config.Height)
	if config.Width < 1 || config.Height < 1 || pixels > mostPixels {
		return nil, errNoPicture
	}
	weight := min(pixels, pixelMemory)
	if err := t.room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	defer t.room.Release(weight)
	large, _, err := image.Decode(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return shrink(large)
}

func shrink(large image.Image) ([]byte, error) {
	b := large.Bounds()
	width, height := b.Dx(), b.Dy()
	if longer := max(width, height); longer > thumbSide {
		width, height = max(1, width*thumbSide/longer), max(1, height*thumbSide/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // JPEG has no glass
	draw.ApproxBiLinear.Scale(small, small.Bounds(), large, b, draw.Over, nil)
	var out bytes.Buffer
	err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 82})
	return out.Bytes(), err
}
