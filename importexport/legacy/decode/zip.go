package decode

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"slices"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// decodeZip reads an exported zip, or any zip of the application's files: its
// members are files of their own to the sink, named by the zip's path, "!/" and
// theirs. Nothing is unpacked. A member that is not to be taken leaves the zip itself
// in quarantine.
func decodeZip(ctx context.Context, in *input, out *output) error {
	a, err := in.src.Archive(in.file.Path)
	if err != nil {
		if !errors.Is(err, rawjson.ErrTooLarge) {
			err = rawjson.Joined(rawjson.ErrMalformed, err)
		}
		return out.failed(err)
	}
	if a.Cut {
		out.notes.Add("truncated", "the list of the members at its end is gone; they were found by their own headers")
		out.keep("the list of the members is gone")
	}
	jobs := in.scan.members(ctx, a, in.file.Path)
	if err := in.scan.zippedLog(ctx, jobs); err != nil {
		return out.failed(err)
	}
	for _, m := range a.Members {
		if m.Code != "" {
			out.warn(m.Code, "", m.F.Name+": "+m.Problem)
			out.keep("a member of the zip was not taken")
		}
	}
	for _, j := range jobs {
		if j.odd != "" {
			out.warn("odd-path", "", j.odd+" is read as "+path.Base(j.odd))
		}
		if j.file.Err != nil {
			out.keep("a member of the zip cannot be read")
		}
		if j.class.Form == names.FormChunk && j.file.Err == nil {
			in.scan.addPart(j.job) // with the rest of its session
			continue
		}
		if j.phase() >= phaseLog {
			in.scan.late = append(in.scan.late, j.job)
			continue
		}
		if err := in.scan.file(ctx, j.file, j.class); err != nil {
			return err
		}
	}
	if out.reason != "" && len(jobs) > 0 {
		out.file.Status = record.StatusPartial
	}
	return nil
}

// memberJob is a member that is taken; odd is its name if it stands where no export
// has it.
type memberJob struct {
	job
	odd string
}

// members lists the members that are taken, in the order in which they are read.
func (sc *scan) members(ctx context.Context, a *source.Archive, outer string) []memberJob {
	top, whole := a.Top()
	at := sc.exported(ctx, a, outer, top)
	var jobs []memberJob
	for _, m := range a.Members {
		if m.Code != "" || m.Dir() {
			continue
		}
		c, odd := source.ClassifyMember(m.F.Name, top, whole)
		if !sc.src.WholeZip(whole) && c.Rank > record.RankZip {
			c.Rank = record.RankZip
		}
		if c.Time == 0 {
			c.Time = at
		}
		c = names.ComposeID(c, m.F.Name, a.Begins)
		f := &source.File{Path: source.MemberPath(outer, m.Name), ModTime: m.F.Modified, Member: true,
			Capped: !sc.src.WholeZip(whole), Vague: !absoluteTime(m.F.Extra)}
		sc.sumMember(ctx, a, m.Name, f)
		sc.zipped[f.Path] = f
		sc.alike.Add(f.Path)
		if c.Form == names.FormMedia {
			sc.addMedia(f.Path)
		}
		sc.stock.file(f, c)
		jobs = append(jobs, memberJob{job{file: f, class: c}, odd})
	}
	slices.SortStableFunc(jobs, func(a, b memberJob) int { return a.phase() - b.phase() })
	return jobs
}

// absoluteTime says whether the extra fields of a member hold its time in UTC. Without
// these it is the local time of an unknown place.
func absoluteTime(extra []byte) bool {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		switch id {
		case 0x5455, 0x000a, 0x5855, 0x000d: // extended timestamp, NTFS, Info-ZIP, Unix
			return true
		}
		extra = extra[min(len(extra), 4+size):]
	}
	return false
}

// sumMember finds the hash and the size of a member, as far as it can be read. Damage
// shows when it is decoded.
func (sc *scan) sumMember(ctx context.Context, a *source.Archive, name string, f *source.File) {
	in, err := a.Open(ctx, name, nil)
	if err != nil {
		f.Err = err
		return
	}
	defer in.Close()
	sum, front := sha256.New(), &source.Head{}
	f.Bytes, f.Err = io.Copy(io.MultiWriter(sum, front), source.UntilDamage{ReadCloser: in})
	f.Sum = rawjson.Sum(sum.Sum(nil))
	f.Marked = rawjson.HasMark(front.B)
}

// exported reads when the zip was written; 0 when it does not say.
func (sc *scan) exported(ctx context.Context, a *source.Archive, outer, top string) int64 {
	name := top + "export-metadata.json"
	if a.ByName[name] == nil || a.ByName[name].F.UncompressedSize64 > rawjson.MaxScalar {
		return 0
	}
	sh, err := rawjson.Probe(sc.src.Text(ctx, source.MemberPath(outer, name), &rawjson.Notes{}, nil))
	if err != nil {
		return 0
	}
	if t := sh.Millis("timestamp"); t > 1e11 {
		return t
	}
	return isoMillis(sh.Text("timestamp"))
}
