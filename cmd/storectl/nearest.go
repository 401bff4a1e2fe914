package main

import (
	"slices"
	"strings"
)

// nearestFirst sorts names by how many letters they are away from what was typed; of equal ones those come first that
// begin alike.
func nearestFirst(typed string, names []string) []string {
	distance := func(name string) int {
		d := 2 * letters(strings.ToLower(typed), name)
		if name[:1] == strings.ToLower(typed)[:1] {
			d--
		}
		return d
	}
	slices.SortStableFunc(names, func(a, b string) int { return distance(a) - distance(b) })
	return names
}

// letters is the number of letters to put, take away or change that make b of a.
func letters(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
