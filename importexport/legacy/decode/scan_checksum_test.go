package decode

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
)

func TestSum32(t *testing.T) {
	t.Parallel()
	// Values of the application's function, computed with its definition.
	for in, want := range map[string]string{"": "0", "a": "2p", "[]": "28y", "é": "6h", "😀": "11zz7"} {
		if got := sourcetest.SumOf(in, 1); got != want {
			t.Errorf("sum of %q = %s, want %s", in, got, want)
		}
	}
	long := strings.Repeat("mixed é € 😀 text ", 99)
	for n := 1; n < 9; n++ {
		if got, want := sourcetest.SumOf(long, n), sourcetest.SumOf(long, len(long)); got != want {
			t.Errorf("in pieces of %d: %s, at once %s", n, got, want)
		}
	}
}

func TestReencoded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, compact string }{
		{`{"b":1,"a":[1.0,1e3,1E-7,-0,1e400,123456789012345678901,1e21,0.1]}`, `{"b":1,"a":[1,1000,1e-7,0,null,123456789012345680000,1e+21,0.1]}`},
		{`["\/\u0041\u00e9\ud83d\ude80\ud83d\u0000\u000a\u000b\u0022\u005c\u2028"]`, `["/Aé🚀\ud83d\u0000\n\u000b\"\\` + "\u2028" + `"]`},
		{`{"a":{},"b":[],"c":[{}]}`, `{"a":{},"b":[],"c":[{}]}`},
		{`"text"`, `"text"`}, {`null`, `null`}, {` true `, `true`},
	} {
		var compact, pretty strings.Builder
		if err := rawjson.Reencoded(scannerOf(strings.NewReader(tc.in+",more")), &compact, &pretty); err != nil {
			t.Errorf("%s: %v", tc.in, err)
		}
		if compact.String() != tc.compact {
			t.Errorf("%s\n got %s\nwant %s", tc.in, compact.String(), tc.compact)
		}
		var want strings.Builder
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(json.RawMessage(tc.compact)); err != nil {
			t.Fatal(err)
		}
		if got := pretty.String(); got != strings.TrimSuffix(want.String(), "\n") && !strings.Contains(tc.in, "u2028") {
			t.Errorf("pretty %s\n got %s\nwant %s", tc.in, got, want.String())
		}
	}
}

// TestSum32OfData compares the checksum in every wrapper of the data with the one
// of its text.
func TestSum32OfData(t *testing.T) {
	t.Parallel()
	dir := sourcetest.DevData(t)
	checked := 0
	for _, root := range []string{"gen2-wrapped", "gen2-wrapped-v2"} {
		r := scanned(t, filepath.Join(dir, root))
		for p, f := range r.Files {
			if strings.Contains(r.Codes(p), "checksum-mismatch") {
				t.Errorf("%s: %v", p, f.Warnings)
			}
			if strings.HasPrefix(f.Format, names.FormCollection) && f.Status == record.StatusOK && sumGiven(t, filepath.Join(dir, root, p)) {
				checked++
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d checksums were there to be compared", checked)
	}
}

func sumGiven(t *testing.T, path string) bool {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	front := make([]byte, 100)
	n, err := io.ReadFull(f, front)
	return err == nil && strings.Contains(string(front[:n]), `"checksum": "`)
}
