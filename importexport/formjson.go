package importexport

import (
	"context"
	"errors"

	"taskstore/repo"
	"taskstore/schema"
)

// formJSON is what a JSON export says of itself.
const formJSON = familyJSON + "1"

// jsonFormat is one document with a list for each kind, which says its format.
var jsonFormat = format{
	name:    FormatJSON,
	encoder: func() encoder { return byRecord{jsonWriter{}} },
	decoder: func(*input) (decoder, error) { return documentDecoder{must: FormatJSON}, nil },
	begins:  func(b *beginning) bool { return b.format },
}

type jsonWriter struct{}

func (jsonWriter) begin(x *exporter) error { return x.write("{\n\"format\": \"", formJSON, "\"") }

func (jsonWriter) list(x *exporter, name string) error { return x.write(",\n\"", name, "\": [") }

func (jsonWriter) record(ctx context.Context, x *exporter, k repo.Kind, value any, first bool) error {
	text, err := x.jsonText(ctx, k, value, false)
	if err != nil {
		return err
	}
	return x.element(ctx, text, first)
}

// element writes a record as one of a list.
func (x *exporter) element(ctx context.Context, text *recordText, first bool) error {
	before := ",\n"
	if first {
		before = "\n"
	}
	return errors.Join(x.write(before), x.writeRecord(ctx, text))
}

func (jsonWriter) listEnd(x *exporter) error { return x.write("\n]") }

func (jsonWriter) end(_ context.Context, x *exporter, _ *repo.Tx, at schema.Time) error {
	return x.write(",\n\"exportedAt\": \"", string(at), "\"\n}\n")
}
