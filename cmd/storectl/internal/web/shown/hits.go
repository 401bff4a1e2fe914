package shown

import (
	"strings"

	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
	"taskstore/schema"
)

// Hit is a record that was found, with the places in it.
type Hit struct {
	repo.Hit
	Places []spot
	Left   int // places that are not shown
}

// spot is a field or a moment of a record that matches.
type spot struct {
	Name, Snippet, URL string
	At                 schema.Time
	Picture            *picture
}

// HitsOf are hits with their places, and the pictures of those.
func (v Reader) HitsOf(list []repo.Hit) (out []Hit, err error) {
	var pictures []*picture
	for _, h := range list {
		one := Hit{Hit: h, Left: h.Matches - 1 - len(h.Moments)}
		one.Places = append(one.Places, spotOf(h, h.Part, h.Snippet, h.At))
		for _, m := range h.Moments {
			one.Places = append(one.Places, spotOf(h, m.Part, m.Snippet, m.At))
		}
		found, err := v.picturesOf(h, one.Places)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, found...)
		out = append(out, one)
	}
	return out, v.findPictures(pictures)
}

func spotOf(h repo.Hit, part, snippet string, at schema.Time) spot {
	name, item, _ := strings.Cut(part, "/")
	p := spot{Name: fieldName(name), Snippet: snippet, At: at, URL: words.RecordURL(h.Kind, h.ID)}
	switch name {
	case "screenshots", "audioSegments", "contextItems":
		p.Name, p.URL = fieldName(strings.TrimSuffix(name, "s")), words.MomentURL(h.Kind, h.ID, item)
	}
	if name == "screenshots" {
		p.Picture = &picture{Item: item, Text: "Screenshot at this moment"}
	}
	return p
}

// picturesOf finds the pictures of a session that match.
func (v Reader) picturesOf(h repo.Hit, places []spot) (list []*picture, err error) {
	wanted := map[string]*picture{}
	for _, p := range places {
		if p.Picture != nil {
			wanted[p.Picture.Item] = p.Picture
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	for shot, err := range v.Store.Sessions.Screenshots.All(v.Ctx, h.ID) {
		if err != nil {
			return nil, err
		}
		if p := wanted[shot.ID]; p != nil {
			*p = pictureOf(shot)
			p.Text = seen(shot.AIAnalysis, shot.UserComment)
			if list = append(list, p); len(list) == len(wanted) {
				break
			}
		}
	}
	return list, nil
}
