package backup

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
)

// The list of contents is compressed text, one content a line: hash, size, and
// "missing" if it was not there when the backup was made. It is sorted, so that
// equal lists are equal files.

func packContents(ctx context.Context, list []Content, name string) (n Named, err error) {
	slices.SortFunc(list, func(a, b Content) int { return cmp.Compare(a.SHA256, b.SHA256) })
	list = slices.CompactFunc(list, func(a, b Content) bool { return a.SHA256 == b.SHA256 })
	var text bytes.Buffer
	for _, c := range list {
		text.WriteString(c.SHA256 + " " + strconv.FormatInt(c.Size, 10))
		if c.Missing {
			text.WriteString(" missing")
			n.Missing++
		}
		text.WriteByte('\n')
		n.Count++
		n.Bytes += max(c.Size, 0)
	}
	if err := packed.Pack(ctx, nil, bytes.NewReader(text.Bytes()), name); err != nil {
		return n, err
	}
	n.List, err = packed.ReadBack(ctx, nil, &text, name)
	return n, err
}

// Contents gives what a backup names, in the order of the hashes.
func (c *Catalog) Contents(ctx context.Context, b Backup) (list []Content, err error) {
	defer pages.Wrap(&err, "read the contents that backup %s names", b.ID)
	if !b.Known() {
		return nil, b.Unreadable
	}
	var text bytes.Buffer
	if err := lost(packed.Unpack(ctx, c.path(b.ID, contentsFile), b.Named.List, &text)); err != nil {
		return nil, err
	}
	return parseContents(&text, b.Named.Count)
}

func parseContents(r io.Reader, some int64) (list []Content, err error) {
	list = make([]Content, 0, some)
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			return list, nil
		}
		one, ok := parseContent(strings.TrimSuffix(line, "\n"))
		if !ok {
			return nil, fmt.Errorf("%w: line %q", ErrCorrupt, line)
		}
		list = append(list, one)
	}
}

func parseContent(line string) (c Content, ok bool) {
	parts := strings.Split(line, " ")
	if len(parts) < 2 || len(parts) > 3 {
		return c, false
	}
	size, err := strconv.ParseInt(parts[1], 10, 64)
	return Content{SHA256: parts[0], Size: size, Missing: len(parts) == 3}, err == nil
}

// Contents yields the SHA-256 of every content that any backup in dir names, each
// once. A directory that is not there has none. A backup that is there and cannot
// be read is an error, and ends the sequence: nobody can say what it needs, so
// nothing may be removed.
func Contents(ctx context.Context, dir string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		c := Open(dir, Options{})
		ids, err := c.ids()
		if err != nil {
			yield("", err)
			return
		}
		seen, lists := map[string]bool{}, map[string]bool{}
		for _, id := range ids {
			b := c.read(id)
			if b.Known() && lists[b.Named.List.SHA256] {
				continue // equal to one that was read
			}
			list, err := c.Contents(ctx, b)
			if errors.Is(err, fs.ErrNotExist) && c.gone(id) {
				continue // removed while we were looking
			}
			if err != nil {
				yield("", err)
				return
			}
			lists[b.Named.List.SHA256] = true
			for _, one := range list {
				if seen[one.SHA256] {
					continue
				}
				seen[one.SHA256] = true
				if !yield(one.SHA256, nil) {
					return
				}
			}
		}
	}
}
