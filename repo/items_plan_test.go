package repo

import (
	"strings"
	"testing"

	"taskstore/repo/internal/rows"
)

// TestItemByIDPlan: an item of a list that may be long is found by its id, not by going
// through the list.
func TestItemByIDPlan(t *testing.T) {
	s, seen := openInternal(t), 0
	for _, r := range rows.Relations {
		for _, c := range r.Children {
			switch c.Table {
			case "session_screenshots", "session_audio_segments", "session_video_chunks", "session_context_items":
			default:
				continue // short, and without an index of ids
			}
			seen++
			if lines := plan(t, s, c.SQL.ByID, []any{1, "a"}); !strings.Contains(lines[0], c.Table+"_by_id (id=?)") {
				t.Errorf("%q: %s", lines, c.SQL.ByID)
			}
		}
	}
	if seen != 4 {
		t.Errorf("%d lists", seen)
	}
}
