package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sayZone tells of a time zone that is not known here: what is read and shown as local time is UTC then.
func (a *app) sayZone() {
	name := a.Env["TZ"]
	if name == "" || knownZone(strings.TrimPrefix(name, ":")) {
		return
	}
	a.Say("TZ=%s: there is no such time zone, or this system has no data of it; times are read and shown in UTC", name)
}

// knownZone tells whether the time zone of a TZ is known: by its name, or as a file.
func knownZone(name string) bool {
	if name == "" {
		return true
	}
	if !filepath.IsAbs(name) {
		_, err := time.LoadLocation(name)
		return err == nil
	}
	data, err := os.ReadFile(name)
	if err == nil {
		_, err = time.LoadLocationFromTZData(name, data)
	}
	return err == nil
}
