package legacy

import "testing"

func RunTests(m *testing.M) int   { return runTests(m) }
func DevData(t testing.TB) string { return devData(t) }
