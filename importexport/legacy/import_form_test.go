package legacy_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"

	"github.com/google/go-cmp/cmp"
)

// TestImportOwnForm: an attachment whose own text could not be read takes the same bytes
// from another place, which writes them otherwise. Once it can be read, its own
// text is there again.
func TestImportOwnForm(t *testing.T) {
	t.Parallel()
	shared, dir := sha(healPicture), t.TempDir()
	own := base64.StdEncoding.EncodeToString([]byte(healPicture))
	filed := "db/attachments-ca/" + shared[:2] + "/" + shared
	write(t, dir, map[string]string{
		"attachments/pic.meta.json": `{"id":"pic","type":"image","name":"p.png","mimeType":"image/png","size":93,"createdAt":"2025-01-01T00:00:00.000Z"}`,
		"attachments/pic.dat":       own,
		filed + "/data.json":        fmt.Sprintf("%q", encoded(healPicture)),
		filed + "/metadata.json":    fmt.Sprintf(`{"hash":%q,"mimeType":"image/png","size":93,"createdAt":1761600000000,"references":[{"sessionId":"s","attachmentId":"pic","addedAt":1761600000000}],"refCount":1}`, shared),
	})
	whole := testdb.Open(t)
	importing(t, whole, dir)
	path := filepath.Join(dir, "attachments", "pic.dat")
	must0(t, os.Remove(path))
	must0(t, os.Symlink(path+".loop", path)) // root cannot read that either
	s := testdb.Open(t)
	if _, err := legacy.Import(t.Context(), s, dir, legacy.Options{}); err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(state(t, whole), state(t, s)) {
		t.Fatal("the other place writes it in the same way: the test shows nothing")
	}
	must0(t, os.Remove(path))
	put(t, dir, "attachments/pic.dat", own)
	importing(t, s, dir)
	if diff := cmp.Diff(state(t, whole), state(t, s)); diff != "" {
		t.Errorf("-whole +healed\n%s", diff)
	}
}
