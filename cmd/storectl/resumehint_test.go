package main

import (
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/repo"
)

// TestResumeHint: an import that was interrupted before it stored anything is begun again: there is nothing to resume.
func TestResumeHint(t *testing.T) {
	s, err := repo.Open(t.Context(), t.TempDir(), repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	source := t.TempDir()
	if hint := resumeHint(t.Context(), s, source); strings.Contains(hint, "--resume") {
		t.Errorf("nothing was begun: %s", hint)
	}
	if _, err := ledger.Of(s).Begin(t.Context(), source, "hash"); err != nil {
		t.Fatal(err)
	}
	if hint := resumeHint(t.Context(), s, source); !strings.Contains(hint, "--resume") {
		t.Errorf("begun: %s", hint)
	}
	if hint := resumeHint(t.Context(), s, t.TempDir()); strings.Contains(hint, "--resume") {
		t.Errorf("another was begun: %s", hint)
	}
}
