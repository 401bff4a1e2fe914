package repo_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"taskstore/schema"
)

// TestPartsInDocs: what go doc says of Modify names every part that is read on demand. Of what other kinds have,
// it says that there is none.
func TestPartsInDocs(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "collection.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var said string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Modify" {
			said = f.Doc.Text()
		}
	}
	parts := onDemand(schema.Sessions.Children)
	if len(parts) < 10 {
		t.Fatalf("only %d parts: %v", len(parts), parts)
	}
	for _, part := range parts {
		if !strings.Contains(said, strconv.Quote(part)) {
			t.Errorf("Modify does not name %q:\n%s", part, said)
		}
	}
	others := [][]string{onDemand(schema.Notes.Children), onDemand(schema.Tasks.Children), onDemand(schema.Topics.Children), onDemand(schema.Companies.Children),
		onDemand(schema.Contacts.Children), onDemand(schema.Attachments.Children)}
	for _, more := range others {
		if len(more) > 0 {
			t.Errorf("not only sessions have parts: %v", more)
		}
	}
}

func onDemand[T any](children []schema.Child[T]) (parts []string) {
	for _, c := range children {
		if c.OnDemand() {
			parts = append(parts, c.Part)
		}
	}
	return parts
}
