package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

func TestQueryDefaults(t *testing.T) {
	for _, raw := range []string{"", "unknown=1"} {
		query, err := parsePushQuery(raw)
		if want := (pushQuery{intervalMs: 10_000, bytes: 100, written: true}); err != nil || query != want {
			t.Errorf("%q: got %+v, %v", raw, query, err)
		}
	}
}

func TestQueryTakesEveryField(t *testing.T) {
	query, err := parsePushQuery("intervalMs=10&bytes=1048576&timing=spread&group=4294967295&written=0")
	want := pushQuery{intervalMs: 10, bytes: 1_048_576, spread: true, group: 4_294_967_295}
	if err != nil || query != want {
		t.Errorf("got %+v, %v", query, err)
	}
}

var badQueries = map[string]string{
	"intervalMs=0":             `intervalMs: expected 10 to 3600000, got "0"`,
	"intervalMs=9":             `intervalMs: expected 10 to 3600000, got "9"`,
	"intervalMs=3600001":       `intervalMs: expected 10 to 3600000, got "3600001"`,
	"intervalMs=":              `intervalMs: expected 10 to 3600000, got ""`,
	"intervalMs=1e3":           `intervalMs: expected 10 to 3600000, got "1e3"`,
	"intervalMs=-10":           `intervalMs: expected 10 to 3600000, got "-10"`,
	"intervalMs=10.5":          `intervalMs: expected 10 to 3600000, got "10.5"`,
	"bytes=31":                 `bytes: expected 32 to 1048576, got "31"`,
	"bytes=1048577":            `bytes: expected 32 to 1048576, got "1048577"`,
	"timing=random":            `timing: expected burst or spread, got "random"`,
	"group=4294967296":         `group: expected 0 to 4294967295, got "4294967296"`,
	"written=yes":              `written: expected 0 or 1, got "yes"`,
	"written=2&bytes=1":        `bytes: expected 32 to 1048576, got "1"`,
	"intervalMs=x&intervalMs=": `intervalMs: expected 10 to 3600000, got "x"`,
}

func TestQueryNamesTheFirstBadField(t *testing.T) {
	for raw, want := range badQueries {
		if _, err := parsePushQuery(raw); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", raw, err, want)
		}
	}
}

func TestBadQueryAnswers400BeforeAnyUpgrade(t *testing.T) {
	_, server := startApp(t)
	for _, path := range []string{"/push", "/events"} {
		for raw, want := range badQueries {
			response := get(t, server.URL+path+"?"+raw)
			var body map[string]string
			if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != http.StatusBadRequest || body["error"] != want {
				t.Errorf("%s?%s: got %d %q", path, raw, response.StatusCode, body["error"])
			}
		}
	}
	response := get(t, server.URL+"/push?group="+url.QueryEscape(`"<&`))
	var body map[string]string
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body["error"] != `group: expected 0 to 4294967295, got ""<&"` {
		t.Errorf("got %q, %v", body["error"], err)
	}
}
