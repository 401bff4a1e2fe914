package legacy_test

import (
	"os"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
)

func TestMain(m *testing.M) { os.Exit(sourcetest.RunTests(m)) }
