package importexport

import (
	"context"
	"fmt"
	"os"
	"strings"

	"taskstore/importexport/archive"
	"taskstore/schema"
)

// archiveFormat is the whole store in one zip file: what package archive writes and reads.
var archiveFormat = format{
	name:    FormatArchive,
	encoder: func() encoder { return archiveEncoder{} },
	decoder: openArchive,
	begins: func(b *beginning) bool {
		return strings.HasPrefix(b.bytes, "PK\x03\x04") || strings.HasPrefix(b.bytes, "PK\x05\x06")
	},
}

type archiveEncoder struct{}

func (archiveEncoder) encode(ctx context.Context, x *exporter, at schema.Time) error {
	m, err := archive.Write(ctx, x.store, x, at, x.opt.Progress)
	x.res.Collections = m.Collections
	for _, sum := range m.Missing {
		x.res.Missing = append(x.res.Missing, Missing{"contents", "", sum})
	}
	return err
}

type archiveDecoder struct{ *archive.Reader }

func openArchive(in *input) (decoder, error) {
	f, err := os.Open(in.f.Name())
	if err != nil {
		return nil, err
	}
	a, err := archive.Open(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	return archiveDecoder{a}, nil
}

func (a archiveDecoder) records(ctx context.Context, _ *input, fn func(*item) error) (says bool, err error) {
	return true, a.Records(ctx, func(r archive.Record) error {
		return fn(&item{kind: r.Kind, value: r.Value, rev: r.Rev, savedAt: r.SavedAt, place: place{text: r.Place}})
	})
}
