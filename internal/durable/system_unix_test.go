//go:build unix

package durable

func init() { publishers["link"] = publishByLink }
