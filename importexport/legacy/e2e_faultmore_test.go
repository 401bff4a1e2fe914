package legacy_test

import (
	"testing"

	"taskstore/repo"
)

// moreOfFaults is what the lists of what to expect have no word for.
var moreOfFaults = map[string]func(t *testing.T, s *repo.Store, source string){}
