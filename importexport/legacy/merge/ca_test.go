package merge

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

func hashText(bytes string) string {
	sum := sha256.Sum256([]byte(bytes))
	return hex.EncodeToString(sum[:])
}

func caPath(hash, name string) string {
	return "db/attachments-ca/" + hash[:2] + "/" + hash + "/" + name + ".json"
}

// caData is the file of a content.
func caData(bytes string) string {
	return sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(sourcetest.Quoted("data:image/png;base64,"+base64.StdEncoding.EncodeToString([]byte(bytes))))))
}

func caMeta(hash, mime string, ids ...string) string {
	var refs []string
	for _, id := range ids {
		refs = append(refs, fmt.Sprintf(`{"sessionId":"s","attachmentId":%q,"addedAt":1761600000000}`, id))
	}
	return sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(fmt.Sprintf(`{"hash":%q,"mimeType":%q,"size":9,"type":"screenshot","createdAt":1761600000000,"lastAccessedAt":1,"references":[%s],"refCount":7,"mine":1}`,
		hash, mime, strings.Join(refs, ",")))))
}

// contentsOf returns the attachments of a directory: id → the bytes, "-" without
// any, with the codes of all files.
func contentsOf(t *testing.T, dir string) (map[string]string, []string, outcome) {
	t.Helper()
	src, err := source.Open(t.Context(), dir, source.Options{Now: testNow})
	sourcetest.Must(t, err)
	defer src.Close()
	r := &sourcetest.Records{}
	sourcetest.Must(t, decode.Scan(t.Context(), src, r))
	var codes []string
	for path := range r.Files {
		if list := r.Codes(path); list != "" {
			codes = append(codes, strings.Split(list, " ")...)
		}
	}
	slices.Sort(codes)
	out, _ := imported(t, dir, nil)
	got := map[string]string{}
	for _, m := range out {
		if m.Collection != "attachments" {
			continue
		}
		if m.Trash != "" {
			t.Errorf("%s is in the trash: %s", m.ID, m.Trash)
		}
		got[m.ID] = "-"
		if len(m.Contents) > 0 {
			in, err := src.OpenContent(t.Context(), m.Contents[0])
			sourcetest.Must(t, err)
			got[m.ID] = decodedContent(t, in, m.Contents[0].Form)
		}
	}
	return got, codes, out
}

func decodedContent(t *testing.T, in io.ReadCloser, form string) string {
	t.Helper()
	if form == record.ContentFile {
		return sourcetest.ReadAll(t, in)
	}
	defer in.Close()
	d, err := source.NewDatReader(in)
	sourcetest.Must(t, err)
	b, err := io.ReadAll(d)
	sourcetest.Must(t, err)
	return string(b)
}

func TestContentAddressed(t *testing.T) {
	t.Parallel()
	one, two := hashText("one"), hashText("two")
	line := func(key, data string) string {
		return fmt.Sprintf("{\"id\":\"1\",\"timestamp\":1761700000000,\"operation\":\"write\",\"collection\":%q,\"data\":%s}\n", key, data)
	}
	for name, tc := range map[string]struct {
		files map[string]string
		want  map[string]string
		codes []string
	}{
		"two references": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "a", "b")},
			want: map[string]string{"a": "one", "b": "one"}},
		"raw": {files: map[string]string{caPath(one, "data"): `"b25l"`, caPath(one, "metadata"): `{"references":[{"attachmentId":"a"}]}`},
			want: map[string]string{"a": "one"}},
		"no reference": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png")},
			want: map[string]string{one: "one"}, codes: []string{"orphan-blob"}},
		"a reference without an id": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): `{"references":[{"sessionId":"s"}]}`},
			want: map[string]string{one: "one"}},
		"no description": {files: map[string]string{caPath(one, "data"): caData("one")},
			want: map[string]string{one: "one"}, codes: []string{"orphan-blob"}},
		"no content": {files: map[string]string{caPath(one, "metadata"): caMeta(one, "image/png", "a")},
			want: map[string]string{"a": "-"}, codes: []string{"missing-blob"}},
		"another content": {files: map[string]string{caPath(one, "data"): caData("two"), caPath(one, "metadata"): caMeta(one, "image/png", "a")},
			want: map[string]string{"a": "two"}, codes: []string{"ca-hash-mismatch"}},
		"another content, the right one in a copy": {files: map[string]string{caPath(one, "data"): caData("two"), caPath(one, "data.1761500000000.backup"): caData("one"),
			caPath(one, "metadata"): caMeta(one, "image/png", "a")},
			want: map[string]string{"a": "one", two: "two"}, codes: []string{"ca-hash-mismatch", "orphan-blob"}},
		"only a copy of the content": {files: map[string]string{caPath(one, "data.backup"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "a")},
			want: map[string]string{"a": "one"}},
		"copies say nothing new": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "a"),
			caPath(one, "data.1.backup"): caData("one"), caPath(one, "metadata.1.backup"): caMeta(one, "image/png", "a", "gone")},
			want: map[string]string{"a": "one"}},
		"only copies of the description": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): "{", caPath(one, "metadata.1761500000000.backup"): caMeta(one, "image/png", "a"),
			caPath(one, "metadata.1761600000000.backup"): caMeta(one, "image/png", "a", "b")},
			want: map[string]string{"a": "one", "b": "one"}, codes: []string{"restored-from-backup", "restored-from-backup", "truncated"}},
		"only a copy of the description, from before the first reference": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata.1.backup"): caMeta(one, "image/png")},
			want: map[string]string{one: "one"}, codes: []string{"orphan-blob", "restored-from-backup"}},
		"cached under a key": {files: map[string]string{caPath(one, "data"): caData(`{"x":1}`), caPath(one, "metadata"): caMeta(one, "application/json", "key")},
			want: map[string]string{"key": `{"x":1}`}},
		"only in the log": {files: map[string]string{"db/notes.json": "[]",
			"db/wal.log": line("attachments-ca/"+one[:2]+"/"+one+"/data", `"b25l"`) + line("attachments-ca/"+one[:2]+"/"+one+"/metadata", `{"references":[{"attachmentId":"a"}]}`)},
			want: map[string]string{"a": "one"}},
		"written before its reference": {files: map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "a"),
			"db/wal.log": line("attachments-ca/"+one[:2]+"/"+one+"/metadata", `{"references":[]}`)},
			want: map[string]string{"a": "one"}},
		"the content in the log alone": {files: map[string]string{caPath(one, "metadata"): caMeta(one, "image/png", "a"),
			"db/wal.log": line("attachments-ca/"+one[:2]+"/"+one+"/data", `"b25l"`)},
			want: map[string]string{"a": "one"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, codes, _ := contentsOf(t, sourcetest.Tree(t, tc.files))
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.codes, codes); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestComposedRecords looks at the records of contents: what another source knows of
// them stands, and lacks nothing that only the description of the content says.
func TestComposedRecords(t *testing.T) {
	t.Parallel()
	one := hashText("one")
	_, _, out := contentsOf(t, sourcetest.Tree(t, map[string]string{
		caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "known", "inline", "lost"),
		"attachments/known.meta.json": `{"id":"known","type":"image","name":"Known.png","mimeType":"image/jpeg","size":5}`,
		"db/notes.json":               `[{"id":"n","attachments":[{"id":"inline","type":"audio","name":"Mine.mp3","base64":"aGk=","duration":3}]}]`,
	}))
	rest := `,"createdAt":"2025-10-27T21:20:00.000Z","hash":"` + one + `"`
	for id, want := range map[string]string{
		"known":  `{"id":"known","type":"image","name":"Known.png","mimeType":"image/jpeg","size":5` + rest + `,"mine":1,"sessionId":"s","addedAt":1761600000000}`,
		"inline": `{"id":"inline","type":"audio","name":"Mine.mp3","mimeType":"image/png","size":9` + rest + `,"duration":3,"mine":1,"sessionId":"s","addedAt":1761600000000}`,
		"lost":   `{"id":"lost","type":"screenshot","name":"attachment-` + one[:8] + `.png","mimeType":"image/png","size":9` + rest + `,"mine":1,"sessionId":"s","addedAt":1761600000000}`,
	} {
		m := out["attachments/"+id]
		sourcetest.Same(t, id, string(m.Raw), want)
		if len(m.Versions) > 0 {
			t.Errorf("%s has versions", id)
		}
	}
}

// TestComposedGivesWay imports the contents first and their records later, and the
// other way round.
func TestComposedGivesWay(t *testing.T) {
	t.Parallel()
	one := hashText("one")
	contents := sourcetest.Tree(t, map[string]string{caPath(one, "data"): caData("one"), caPath(one, "metadata"): caMeta(one, "image/png", "a")})
	entries := sourcetest.Tree(t, map[string]string{"attachments/a.meta.json": `{"id":"a","type":"image","name":"Mine.png","mimeType":"image/png","size":3}`, "attachments/a.dat": "b25l"})
	for _, order := range [][]string{{contents, entries}, {entries, contents}} {
		store := newMemory()
		for _, dir := range append(order, order...) {
			out, _ := imported(t, dir, store)
			store.apply(t, out)
		}
		list, _ := rawjson.Members(store.now["attachments/a"].Raw)
		sourcetest.Same(t, "name", rawjson.TextOf(rawjson.Last(list, "name")), "Mine.png")
		sourcetest.Same(t, "hash", rawjson.TextOf(rawjson.Last(list, "hash")), one)
	}
}

func TestDeduplicated(t *testing.T) {
	t.Parallel()
	one := hashText("one")
	at := func(hash, end string) string { return "attachments/" + hash[:2] + "/" + hash + end }
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	refs := `[{"hash":"` + one + `","refCount":9,"attachmentIds":["a","b"],"createdAt":1}]`
	for name, tc := range map[string]struct {
		files map[string]string
		want  map[string]string
		codes []string
	}{
		"a record names it": {files: map[string]string{at(one, ".dat"): b64("one"), at(one, ".meta.json"): `{"hash":"` + one + `"}`,
			"db/attachments.json": `[{"id":"a","hash":"` + one + `"}]`}, want: map[string]string{"a": "one"}},
		"only its count": {files: map[string]string{at(one, ".dat"): b64("one"), "db/attachments.json": `[{"id":"a","hash":"` + one + `"}]`, "db/attachment_refs.json": refs},
			want: map[string]string{"a": "one", "b": "one"}, codes: []string{"missing-entity"}},
		"nothing": {files: map[string]string{at(one, ".dat"): b64("one"), at(one, ".meta.json"): `{"hash":"` + one + `","mimeType":"image/png"}`},
			want: map[string]string{one: "one"}, codes: []string{"orphan-blob"}},
		"no content": {files: map[string]string{at(one, ".meta.json"): `{"hash":"` + one + `","mimeType":"image/png"}`},
			want: map[string]string{one: "-"}, codes: []string{"missing-blob"}},
		"another content": {files: map[string]string{at(one, ".dat"): b64("two"), "db/attachments.json": `[{"id":"a","hash":"` + one + `"}]`},
			want: map[string]string{"a": "two"}, codes: []string{"ca-hash-mismatch"}},
		"older counts": {files: map[string]string{at(one, ".dat"): b64("one"), "db/attachments.json": `[{"id":"a","hash":"` + one + `"},{"id":"b"}]`, "db/attachment_refs.json": refs,
			"db/attachment_refs.1.backup.json": "[]"}, want: map[string]string{"a": "one", "b": "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, codes, out := contentsOf(t, sourcetest.Tree(t, tc.files))
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.codes, codes); d != "" {
				t.Error(d)
			}
			if m := out["other/attachment_refs"]; len(m.Versions) > 0 {
				t.Error("older counts are kept as versions")
			}
		})
	}
}

// TestLargeContent reads a content that is larger than any buffer, piece by piece.
func TestLargeContent(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("0123456789abcdef", 1<<18)
	hash := hashText(big)
	got, _, _ := contentsOf(t, sourcetest.Tree(t, map[string]string{caPath(hash, "data"): caData(big), caPath(hash, "metadata"): caMeta(hash, "image/png", "a")}))
	if got["a"] != big {
		t.Errorf("%d bytes, want %d", len(got["a"]), len(big))
	}
}

func FuzzContentAddressed(f *testing.F) {
	one := hashText("one")
	f.Add(caData("one"), caMeta(one, "image/png", "a"))
	f.Add(`"b25l"`, `{"references":[1,"a",{}]}`)
	f.Add(`{"version":1`, `{"version":1,"data":"GZIP_V1:"}`)
	f.Fuzz(func(t *testing.T, data, meta string) {
		dir := sourcetest.Tree(t, map[string]string{caPath(one, "data"): data, caPath(one, "metadata"): meta})
		src, err := source.Open(t.Context(), dir, source.Options{})
		sourcetest.Must(t, err)
		defer src.Close()
		r := &sourcetest.Records{}
		sourcetest.Must(t, decode.Scan(t.Context(), src, r))
		for _, c := range r.Candidates {
			if c.Collection == "attachments" && (c.ID == "" || rawjson.Valid(c.Raw) != nil) {
				t.Fatalf("%q %s", c.ID, c.Raw)
			}
			if c.Content == nil {
				continue
			}
			in, err := src.OpenContent(t.Context(), *c.Content)
			sourcetest.Must(t, err)
			sourcetest.ReadAll(t, in)
		}
	})
}
