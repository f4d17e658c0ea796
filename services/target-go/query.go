package main

import (
	"fmt"
	"net/url"
	"strconv"
)

// pushQuery is a client's push query. It is comparable: connections with equal queries share a stream.
type pushQuery struct {
	intervalMs uint64
	bytes      int
	spread     bool
	group      uint32
	written    bool
}

// parsePushQuery parses the query string of /push and /events and the line of a raw TCP client. The error names the
// first invalid field, in the order of the contract; unknown fields are ignored.
func parsePushQuery(raw string) (pushQuery, error) {
	values, _ := url.ParseQuery(raw) // undecodable parts are dropped, as in net/http
	intervalMs, err := integerField(values, "intervalMs", 10, 3_600_000, 10_000)
	if err != nil {
		return pushQuery{}, err
	}
	bytes, err := integerField(values, "bytes", 32, 1_048_576, 100)
	if err != nil {
		return pushQuery{}, err
	}
	timing, err := choiceField(values, "timing", "burst", "spread")
	if err != nil {
		return pushQuery{}, err
	}
	group, err := integerField(values, "group", 0, 1<<32-1, 0)
	if err != nil {
		return pushQuery{}, err
	}
	written, err := choiceField(values, "written", "1", "0")
	if err != nil {
		return pushQuery{}, err
	}
	return pushQuery{
		intervalMs: intervalMs,
		bytes:      int(bytes),
		spread:     timing == "spread",
		group:      uint32(group),
		written:    written == "1",
	}, nil
}

func integerField(values url.Values, name string, lowest, highest, fallback uint64) (uint64, error) {
	if !values.Has(name) {
		return fallback, nil
	}
	text := values.Get(name)
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil || number < lowest || number > highest {
		return 0, fmt.Errorf(`%s: expected %d to %d, got "%s"`, name, lowest, highest, text)
	}
	return number, nil
}

// choiceField accepts one of two words, fallback being the default; errors list them in alphabetical order.
func choiceField(values url.Values, name, fallback, other string) (string, error) {
	if !values.Has(name) {
		return fallback, nil
	}
	text := values.Get(name)
	if text == fallback || text == other {
		return text, nil
	}
	return "", fmt.Errorf(`%s: expected %s or %s, got "%s"`, name, min(fallback, other), max(fallback, other), text)
}
