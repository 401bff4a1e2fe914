package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// searching is the flags of storectl search.
type searching struct {
	kinds, tags, status        []string
	since, until, after, order string
	limit                      int
	trash, explain             bool
	cmd                        *cobra.Command // for the command of the next page
}

const searchHelp = `Find records, and the moments in sessions, by what was written, said or seen.

  word another        both, in one text: of a record, or of one moment of a session
  "a whole phrase"    these words in this order; also file.name, snake_case, a@b.example, 1.61.1
  -word               without it; first of all words: storectl search -- -word
  one OR another      one of them
  begin* *inside*     the beginning of a word, a part of one
  title:word          in the title or name only
  tag:x kind:notes status:done is:trash
  after:2026-01-01 before:7d on:2026-03 on:2026-W11 on:today
  topic:NAME company:NAME contact:NAME note:ID session:ID task:ID   linked with it, by name or id

Upper and lower case and accents do not matter. Nothing is a syntax error, but there must be something to look for. Chinese, Japanese, Korean and Thai are found
by any part. Where no text has the words as they are, texts that have them within other words are shown.
--since and --until look at the time of the moment.`

func (a *app) searchCommand() *cobra.Command {
	var s searching
	cmd := &cobra.Command{
		Use:     "search QUERY",
		Short:   "Find records and moments by their text",
		Long:    searchHelp,
		Example: "  storectl search budget acme\n  storectl search '\"quarterly report\" -draft' --kinds notes,sessions --sort newest\n  storectl search 'topic:Acme after:30d'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuse(helpHint(cmd), "search: say what to look for")
			}
			s.cmd = cmd
			return a.search(cmd.Context(), strings.Join(args, " "), &s)
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); !ok || nearFlag(cmd, unknown.GetSpecifiedName()) != "" {
			return flagMisuse(cmd, err)
		}
		return misuse("what begins with - goes after --: storectl search -- -word", "%s%s", commandName(cmd), term.OneLine(err.Error()))
	})
	f := cmd.Flags()
	f.SetNormalizeFunc(oldNames)
	f.Var(nameList{&s.kinds}, "kinds", "only these `KINDS`, as notes,tasks")
	f.StringArrayVar(&s.tags, "tag", nil, "only with this `TAG`, in any case; several times for several")
	f.Var(nameList{&s.status}, "status", "only with this `STATE`, or one of a,b")
	f.Var(whenFlag{&s.since}, "since", "only from `WHEN` on")
	f.Var(whenFlag{&s.until}, "until", "only up to `WHEN`")
	f.StringVar(&s.order, "sort", string(repo.RankRelevance), "`ORDER`: relevance or newest")
	f.IntVar(&s.limit, "limit", repo.DefaultHits, "at most `N` records")
	f.StringVar(&s.after, "after", "", "go on after the `CURSOR` that the last page gave")
	f.BoolVar(&s.trash, "trash", false, "in the trash instead")
	f.BoolVar(&s.explain, "explain", false, "say how the store would find them, and do not look")
	return cmd
}

// query makes a repo.Search of the flags.
func (s *searching) query(text string, now time.Time) (repo.Search, error) {
	q := repo.Search{Query: repo.Query{Text: text, Tags: s.tags, Status: s.status, Limit: s.limit, After: repo.Cursor(s.after), Trash: s.trash},
		Rank: repo.Rank(s.order)}
	if s.limit < 1 {
		return q, misuse("", "search: --limit %d: at least 1", s.limit)
	}
	if q.Rank != repo.RankRelevance && q.Rank != repo.RankNewest {
		return q, misuse("orders: relevance, newest", "search: --sort %s: there is no such order", s.order)
	}
	for _, name := range s.kinds {
		k, err := parseKind(name)
		if err != nil {
			return q, err
		}
		if k.Name == "setting" {
			return q, misuse("see them all with storectl list settings", "search: settings are not searched")
		}
		q.Kinds = append(q.Kinds, k.Name)
	}
	var err error
	if q.From, q.To, err = bounds(s.since, s.until, now); err != nil {
		return q, misuse("", "search: %v", err)
	}
	return q, nil
}

func (a *app) search(ctx context.Context, text string, s *searching) (err error) {
	q, err := s.query(text, a.Now())
	if err != nil {
		return err
	}
	return a.withStore(ctx, toSearch, func(store *repo.Store) error {
		if s.explain {
			how, err := store.Explain(ctx, q)
			if err != nil {
				return err
			}
			return a.printExplanation("search", how)
		}
		begun := time.Now()
		page, err := store.Search(ctx, q)
		if err != nil {
			return err
		}
		return a.printHits(page, time.Since(begun), func(after string) string { return a.again(s.cmd, []string{text}, after) })
	})
}

// oldNames lets flags be called as they were once.
func oldNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "kind" {
		name = "kinds"
	}
	return pflag.NormalizedName(name)
}
