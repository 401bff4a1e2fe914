package decode

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"path"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
)

// MaxHeld is the size in bytes up to which a file is read into memory at once,
// since it is looked at several times.
const MaxHeld = 1 << 20

// decodeEntity reads the file of one entity, plain or compressed, and compares it
// with the checksum that stands beside it.
func decodeEntity(ctx context.Context, in *input, out *output) error {
	l, err := in.entityLayer(ctx)
	if err != nil {
		return out.failed(err)
	}
	if err := out.compareSum(ctx, in); err != nil {
		return err
	}
	return out.oneEntity(l, in)
}

// oneEntity gives the entity that l is. In its place there may be a whole array
// that was spread into an object.
func (out *output) oneEntity(l rawjson.Layer, in *input) error {
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	return out.wrapped(l, in, false, func(final rawjson.Layer) error {
		out.single = true
		sh, err := rawjson.Probe(final)
		if err != nil {
			return err
		}
		_, id := sh.Scalars["id"]
		_, version := sh.Scalars["version"]
		if sh.Kind != '{' || id && sh.Indexed > 0 && sh.Members-sh.Indexed == count(id, version) {
			return out.entities(final, in.class.Key, "")
		}
		s, err := final(nil)
		if err != nil {
			return err
		}
		defer s.Close()
		raw, err := s.Keep(nil, rawjson.MaxElement)
		if err != nil {
			if rawjson.Fatal(err) || salvage(raw) == nil {
				return err
			}
			raw, out.damaged = salvage(raw), true
			if _, isText := rawjson.IDOf(raw); !isText {
				return err
			}
		}
		if rawjson.Valid(raw) == nil && raw[0] == '{' {
			if id, _ := rawjson.IDOf(raw); id != "" && in.class.ID != "" && !in.named(id) {
				out.warn("id-differs", id, "the file is named after "+in.class.ID)
			}
		}
		if e := out.entity(raw, in.class.Key, "", 0, in.class.ID); e != nil {
			return e
		}
		return err
	})
}

// named says whether the file has the name of the entity with this id.
func (in *input) named(id string) bool {
	base, _, _ := strings.Cut(path.Base(cmp.Or(in.key, in.file.Path)), ".json")
	return in.class.ID == id || base == id || names.NFC(in.class.ID) == names.NFC(id)
}

// entityLayer is the text of an entity's file. A small one is held in memory.
func (in *input) entityLayer(ctx context.Context) (rawjson.Layer, error) {
	if in.text != nil {
		return in.text, nil
	}
	open := func() (io.Reader, func() error, error) {
		f, err := in.src.Reader(ctx, in.file.Path, in.advance)
		if err != nil {
			return nil, nil, err
		}
		if !in.packed() {
			return f, f.Close, nil
		}
		return &rawjson.GzipFile{Src: f}, f.Close, nil
	}
	r, shut, err := open()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	text.Grow(int(min(in.file.Bytes, MaxHeld)) + bytes.MinRead)
	_, err = text.ReadFrom(io.LimitReader(r, MaxHeld+1))
	shut()
	if err == nil && text.Len() <= MaxHeld {
		in.held = text.Bytes()
		return rawjson.MemoryLayer(ctx, in.held, in.notes), nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return func(tap io.Writer) (*rawjson.Scanner, error) {
		r, shut, err := open()
		if err != nil {
			return nil, err
		}
		s := rawjson.NewScanner(ctx, r, in.notes, shut)
		s.Tap = tap
		return s, nil
	}, nil
}

// packed says whether the file is a gzip stream of its own.
func (in *input) packed() bool { return strings.HasSuffix(in.file.Path, names.GzSuffix) }

// decodeReplayed reads what a replay of the log wrote into a wrong directory: the
// files of entities with an ending too many.
func decodeReplayed(ctx context.Context, in *input, out *output) error {
	path := "/" + strings.TrimPrefix(in.file.Path, in.src.DbDir())
	_, p, ok := strings.Cut(path, "/db/db/") // of a zip's member, whatever stands before
	if !ok {
		_, p, _ = strings.Cut(path, "/db/")
	}
	p = strings.TrimSuffix(p, ".json")
	c := names.ClassifyDB(p)
	if c.Form != names.FormEntity {
		out.unsupported(in.class.Format())
		return nil
	}
	in.class.Key, in.class.ID = c.Key, c.ID
	out.file.Key = c.Key
	return out.oneEntity(in.layer(ctx), in)
}
