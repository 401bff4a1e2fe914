package decode

import (
	"cmp"
	"context"
	"path"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// exportVersion is the version of a JSON export that the application wrote.
const exportVersion = "1.0.0"

// decodeLoose reads a single file whose name does not tell what it is.
func decodeLoose(ctx context.Context, in *input, out *output) error {
	file := in.layer(ctx)
	found, err := source.Sniff(file, in.file.Path)
	if err != nil && rawjson.Fatal(err) {
		return err
	}
	out.file.Format = found.Form
	if found.Form == names.FormUnknown && names.SecretFile(path.Base(in.file.Path)) {
		out.skipSecret(path.Base(in.file.Path))
		return nil
	}
	if found.Form == names.FormUnknown {
		if ok, err := out.sound(file); err != nil || !ok || out.reason != "" {
			return err
		}
		out.file.Status = record.StatusIgnored
		out.warn("unknown-file", "", passed[names.FormUnknown])
		return nil
	}
	if found.In != nil {
		if ok, err := out.sound(file); !ok || err != nil {
			return err
		}
		in.text = found.In
	}
	in.class.Key, in.class.Known = found.Key, true
	out.file.Key, out.file.Rank = found.Key, cmp.Or(out.file.Rank, record.RankExport)
	return decoders[found.Form](ctx, in, out)
}

// decodeExport reads a single-file export: an object of all collections, with the
// time and the version of the export behind them; the oldest have no version.
func decodeExport(ctx context.Context, in *input, out *output) error {
	out.file.Rank = record.RankExport
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := rawjson.Probe(l)
	if err != nil {
		return out.failed(err)
	}
	if v := sh.Text("version"); v != exportVersion && sh.Err == nil && out.file.Format != names.FormOldExport {
		out.notes.Add("unknown-version", "version "+v+" of an export; "+exportVersion+" is known")
	}
	out.time = in.time(isoMillis(sh.Text("exportedAt")))
	err = out.document(l, in, func(name string) bool {
		return name == "version" || name == "appVersion" || name == "exportedAt"
	})
	return out.failed(err)
}

// decodeSession reads the file of one exported session, or of another record.
func decodeSession(ctx context.Context, in *input, out *output) error {
	return out.oneEntity(in.layer(ctx), in)
}
