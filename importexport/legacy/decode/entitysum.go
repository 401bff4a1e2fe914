package decode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/source"
)

// compareSum compares the text of an entity's file with the checksum beside it.
func (out *output) compareSum(ctx context.Context, in *input) error {
	beside := in.scan.at(in.file.Path + names.SumSuffix)
	if beside == nil || beside.Err != nil || in.file.Bytes == 0 {
		return nil
	}
	got, err := in.textSum(ctx)
	if err != nil {
		return err
	}
	if beside.Matched = saysSum(beside, got); beside.Matched {
		return nil
	}
	want, err := readSum(in.src, ctx, beside)
	if want == "" || got == want || err != nil {
		return err
	}
	out.warn("checksum-mismatch", in.class.ID, path.Base(beside.Path)+" says "+want)
	out.doubtful = true
	return nil
}

// says says whether f holds this SHA-256 in hex and nothing else, as the application
// writes it. The SHA-256 of f tells that without reading it again.
func saysSum(f *source.File, sum string) bool {
	return sum != "" && sha256.Sum256([]byte(sum)) == f.Sum
}

// textSum returns the SHA-256 of the text of an entity's file, as far as it can be
// read.
func (in *input) textSum(ctx context.Context) (string, error) {
	switch {
	case !in.packed():
		return in.file.HexSum(), nil
	case in.held != nil:
		return rawjson.Sum(sha256.Sum256(in.held)).String(), nil
	}
	f, err := in.src.Reader(ctx, in.file.Path, nil)
	if err != nil {
		return "", nil
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, &rawjson.GzipFile{Src: f})
	if err != nil && rawjson.Fatal(err) {
		return "", err
	}
	return source.HexSum(sum), nil
}

// maxSumFile is how much of a checksum file is looked at.
const maxSumFile = 4096

// readSum returns the SHA-256 that a checksum file holds, in lower-case hex; ""
// if it holds none.
func readSum(src *source.Source, ctx context.Context, f *source.File) (string, error) {
	r, err := src.Reader(ctx, f.Path, nil)
	if err != nil {
		return "", nil
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxSumFile))
	if err != nil {
		if rawjson.Fatal(err) {
			return "", err
		}
		return "", nil
	}
	if rawjson.IsUTF16(text) {
		if text, err = io.ReadAll(rawjson.FromUTF16(text, r, nil)); err != nil {
			return "", nil
		}
	}
	return sumText(string(text)), nil
}

// sumText returns the SHA-256 in the text of a checksum file, "" without one.
func sumText(text string) string {
	text = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")))
	if raw, err := hex.DecodeString(text); err != nil || len(raw) != sha256.Size {
		return ""
	}
	return text
}

// decodeSum reports the checksum of an entity's file.
func decodeSum(ctx context.Context, in *input, out *output) error {
	if in.file.Matched {
		return nil
	}
	want, err := readSum(in.src, ctx, in.file)
	if err != nil {
		return err
	}
	if want == "" {
		out.warn("checksum-mismatch", "", "holds no SHA-256")
	}
	of := strings.TrimSuffix(in.file.Path, names.SumSuffix)
	if c := in.src.Classify(of); c.Form == names.FormEntity && !in.scan.spelled(of, c) {
		out.warn("missing-entity", c.ID, "only its checksum is left")
	}
	return nil
}

// spelled says whether the file of an entity is there, under either spelling of
// its name.
func (sc *scan) spelled(p string, c names.Class) bool {
	dir, base := path.Split(p)
	_, end, _ := strings.Cut(base, ".json")
	for _, prefix := range []string{c.Key[:len(c.Key)-1], names.Collections[c.Key]} {
		if sc.at(dir+prefix+"-"+c.ID+".json"+end) != nil {
			return true
		}
	}
	return sc.at(p) != nil
}
