package legacy

import (
	"cmp"
	"context"
	"path"
)

// exportVersion is the version of a JSON export that the application wrote.
const exportVersion = "1.0.0"

// decodeLoose reads a single file whose name does not tell what it is.
func decodeLoose(ctx context.Context, in *input, out *output) error {
	file := in.layer(ctx)
	found, err := sniff(file, in.file.Path)
	if err != nil && fatal(err) {
		return err
	}
	out.file.Format = found.form
	if found.form == formUnknown && secretFile(path.Base(in.file.Path)) {
		out.skipSecret(path.Base(in.file.Path))
		return nil
	}
	if found.form == formUnknown {
		if ok, err := out.sound(file); err != nil || !ok || out.reason != "" {
			return err
		}
		out.file.Status = StatusIgnored
		out.warn("unknown-file", "", passed[formUnknown])
		return nil
	}
	if found.in != nil {
		if ok, err := out.sound(file); !ok || err != nil {
			return err
		}
		in.text = found.in
	}
	in.class.Key, in.class.Known = found.key, true
	out.file.Key, out.file.Rank = found.key, cmp.Or(out.file.Rank, RankExport)
	return decoders[found.form](ctx, in, out)
}

// decodeExport reads a single-file export: an object of all collections, with the
// time and the version of the export behind them; the oldest have no version.
func decodeExport(ctx context.Context, in *input, out *output) error {
	out.file.Rank = RankExport
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	sh, err := probe(l)
	if err != nil {
		return out.failed(err)
	}
	if v := sh.text("version"); v != exportVersion && sh.err == nil && out.file.Format != formOldExport {
		out.notes.add("unknown-version", "version "+v+" of an export; "+exportVersion+" is known")
	}
	out.time = in.time(isoMillis(sh.text("exportedAt")))
	err = out.document(l, in, func(name string) bool {
		return name == "version" || name == "appVersion" || name == "exportedAt"
	})
	return out.failed(err)
}

// decodeSession reads the file of one exported session, or of another record.
func decodeSession(ctx context.Context, in *input, out *output) error {
	return out.oneEntity(in.layer(ctx), in)
}
