package offsite

import "taskstore/internal/pattern"

// The folders of a target.
const (
	backupsFolder  = "backups/"
	contentsFolder = "contents/"
	stateFolder    = "state/"
)

// Files of a backup, after its id, as package backup names them.
const (
	dbSuffix       = ".db.zst"
	listSuffix     = ".contents.zst"
	manifestSuffix = ".json"
)

var backupName = pattern.Of(`^backups/(\d{8}-\d{6}-\d{3}-[0-9a-f]{4})(\.db\.zst|\.contents\.zst|\.json)$`)

// backupOf tells to which file of which backup a stream belongs; "" is to none.
func backupOf(base string) (id, suffix string) {
	if m := backupName.FindStringSubmatch(base); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// contentName is what a content is called there. Where nothing is sealed that is its hash.
func (t *Target) contentName(sha string) string { return contentBase(t.pieces.Keys.Hidden(sha)) }

func contentBase(name string) string { return contentsFolder + name[:2] + "/" + name }
