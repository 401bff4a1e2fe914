package legacy_test

import (
	"os"
	"testing"

	"taskstore/importexport/legacy"
)

func TestMain(m *testing.M) { os.Exit(legacy.RunTests(m)) }
