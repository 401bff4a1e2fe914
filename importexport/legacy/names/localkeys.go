package names

import "strings"

// StateSettings are the members of the state that became the settings.
var StateSettings = map[string]bool{
	"aiSettings": true, "learningSettings": true, "userProfile": true, "learnings": true, "nedSettings": true,
	"searchHistory": true, "activeSessionId": true, "ui": true, "sessionRecordingDefaults": true, "enrichmentSettings": true,
}

// StateRest are the members that belong to no collection. The conversation holds
// copies of records as they once were; it stays in one piece.
var StateRest = map[string]bool{
	"currentZone": true, "activeTopicId": true, "activeNoteId": true, "nedConversation": true, "sidebar": true,
}

func LocalKey(name string) bool {
	return len(name) > 9 && name[:9] == "taskerino" && strings.ContainsRune("-:_", rune(name[9])) && name != DatabaseName
}
