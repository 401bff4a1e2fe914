package legacy

import "context"

// exportVersion is the version of a JSON export that the application wrote.
const exportVersion = "1.0.0"

// decodeLoose reads a single file whose name does not tell what it is.
func decodeLoose(ctx context.Context, in *input, out *output) error {
	form, err := sniff(in.layer(ctx))
	if err != nil && fatal(err) {
		return err
	}
	if d := decoders[form]; d != nil {
		out.file.Format = form
		return d(ctx, in, out)
	}
	if form != formUnknown {
		out.unsupported(form)
		return out.nameSecrets(in.layer(ctx))
	}
	out.file.Format = formUnknown
	if ok, err := out.sound(in.layer(ctx)); err != nil || !ok || out.reason != "" {
		return err
	}
	out.file.Status = StatusIgnored
	out.warn("unknown-file", "", passed[formUnknown])
	return nil
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

// decodeSession reads the file of one exported session.
func decodeSession(ctx context.Context, in *input, out *output) error {
	out.file.Key, out.file.Rank, out.single = "sessions", RankExport, true
	l := in.layer(ctx)
	if ok, err := out.sound(l); !ok || err != nil {
		return err
	}
	s, err := l(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	raw, err := s.keep(nil, maxElement)
	if fatal(err) {
		return err
	}
	if err != nil {
		if raw = salvage(raw); raw == nil {
			return nil
		}
	}
	return out.entity(raw, "sessions", "", 0, "")
}

// nameSecrets names the secrets among the members of a file that is not read.
func (out *output) nameSecrets(l layer) error {
	s, err := l(nil)
	if err != nil {
		return out.failed(err)
	}
	defer s.Close()
	if c, err := s.peek(); err != nil || c != '{' {
		return nil
	}
	err = s.object(func(_ int, name string, _ byte) error {
		if secretName(name) {
			out.warn("secret-skipped", "", name)
		}
		return s.skip()
	})
	return out.failed(err)
}
