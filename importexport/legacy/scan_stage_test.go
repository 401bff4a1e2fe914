package legacy

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestScanIntoStage stages everything that is in the data, damaged or not.
func TestScanIntoStage(t *testing.T) {
	dir := devData(t)
	faulty, err := os.ReadDir(filepath.Join(dir, "faulty"))
	if err != nil {
		t.Fatal(err)
	}
	roots := []string{"gen1-raw", "gen2-wrapped", "gen2-wrapped-v2", "export-v1.json"}
	for _, d := range faulty {
		if d.IsDir() {
			roots = append(roots, filepath.Join("faulty", d.Name()))
		}
	}
	ctx := context.Background()
	for _, root := range roots {
		src, err := OpenSource(ctx, filepath.Join(dir, root), SourceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := stageSource(ctx, t, src); err != nil {
			t.Errorf("%s: %v", root, err)
		}
		src.Close()
	}
}

func stageSource(ctx context.Context, t *testing.T, src *Source) error {
	s, err := NewStage(ctx, t.TempDir())
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := s.Load(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := Scan(ctx, src, l); err != nil {
		return err
	}
	return l.Finish(time.Now())
}
