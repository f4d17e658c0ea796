package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const goodLine = `{"ts":"2024-01-01T00:00:00Z","user_id":"u1","event":"click","status":200,"latency_ms":1.5,"tags":["a"],"extra":{"user_id":"no"}}`

var badLines = []string{
	``, `null`, `[]`, `7`, `"text"`, `{`, goodLine + `x`,
	`{"event":"click","status":200,"latency_ms":1}`,
	`{"user_id":"u","status":200,"latency_ms":1}`,
	`{"user_id":"u","event":"click","latency_ms":1}`,
	`{"user_id":"u","event":"click","status":200}`,
	`{"user_id":7,"event":"click","status":200,"latency_ms":1}`,
	`{"user_id":null,"event":"click","status":200,"latency_ms":1}`,
	`{"user_id":"u","event":{},"status":200,"latency_ms":1}`,
	`{"user_id":"u","event":"click","status":"200","latency_ms":1}`,
	`{"user_id":"u","event":"click","status":200,"latency_ms":true}`,
	`{"user_id":"u","event":"click","status":NaN,"latency_ms":1}`,
	`{"user_id":"u","event":"click","status":200,"latency_ms":1e999}`,
	`{"User_ID":"u","event":"click","status":200,"latency_ms":1}`,
	"{\"user_id\":\"u\xff\",\"event\":\"click\",\"status\":200,\"latency_ms\":1}",
}

func TestPipelineCountsBadLinesAndGoesOn(t *testing.T) {
	other := strings.Replace(strings.Replace(goodLine, "u1", "u2", 1), "click", "view", 1)
	input := strings.Join(append([]string{goodLine, other, goodLine}, append(badLines, other)...), "\n")
	for _, ending := range []string{"", "\n"} {
		result, err := readLog(strings.NewReader(input + ending))
		if err != nil {
			t.Fatal(err)
		}
		four := 4
		want := &account{Lines: 4 + len(badLines), UniqueUsers: 2, Bytes: int64(len(input + ending)), latencySumMs: 6,
			Events: map[string]int{"click": 2, "view": 2}, Bad: len(badLines), FirstBadLine: &four}
		if !reflect.DeepEqual(result, want) {
			t.Errorf("got %+v, want %+v", result, want)
		}
	}
}

func TestPipelineReadsLinesLongerThanItsBuffer(t *testing.T) {
	long := strings.Replace(goodLine, `"a"`, `"`+strings.Repeat("é", readAheadBytes)+`"`, 1)
	result, err := readLog(strings.NewReader(long + "\n" + goodLine))
	if err != nil || result.Lines != 2 || result.Bad != 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestPipelineCommandPrintsOneLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.ndjson")
	if err := os.WriteFile(path, []byte(goodLine+"\n"+goodLine+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := pipelineCommand([]string{path}, &stdout, &stderr); code != 0 || stderr.Len() != 0 {
		t.Fatalf("exit %d, %s", code, &stderr)
	}
	var printed map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &printed); err != nil || strings.Count(stdout.String(), "\n") != 1 {
		t.Fatalf("%q: %v", stdout.String(), err)
	}
	if _, ok := printed["parseMs"].(float64); !ok {
		t.Error("no parseMs")
	}
	delete(printed, "parseMs")
	want := map[string]any{"lines": 2.0, "uniqueUsers": 1.0, "bytes": float64(2*len(goodLine) + 2),
		"events": map[string]any{"click": 2.0}, "bad": 0.0, "firstBadLine": nil}
	if !reflect.DeepEqual(printed, want) {
		t.Errorf("got %v, want %v", printed, want)
	}
}

func TestPipelineWithoutItsFileFails(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := pipelineCommand([]string{filepath.Join(t.TempDir(), "none")}, &stdout, &stderr); code != 1 || stdout.Len() != 0 || stderr.Len() == 0 {
		t.Errorf("exit %d", code)
	}
	if code := pipelineCommand(nil, &stdout, &stderr); code != 2 {
		t.Errorf("exit %d", code)
	}
}
