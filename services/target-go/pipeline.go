package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"
	"unicode/utf8"
)

const (
	readAheadBytes       = 1 << 20
	longestLogLineBytes  = 16 << 20
	pipelineUsageMessage = "usage: target-go pipeline FILE [--cpuprofile FILE]\n"
)

// logLine holds the fields of a line that the job uses. Pointers distinguish a missing field (nil) from a zero.
type logLine struct {
	UserID    *string  `json:"user_id"`
	Event     *string  `json:"event"`
	Status    *float64 `json:"status"`
	LatencyMs *float64 `json:"latency_ms"`
}

// account is the job's result, printed as one line of JSON.
type account struct {
	Lines        int            `json:"lines"`
	UniqueUsers  int            `json:"uniqueUsers"`
	Bytes        int64          `json:"bytes"`
	Events       map[string]int `json:"events"`
	Bad          int            `json:"bad"`
	FirstBadLine *int           `json:"firstBadLine"`
	ParseMs      float64        `json:"parseMs"`
	latencySumMs float64
}

func pipelineCommand(arguments []string, stdout, stderr io.Writer) int {
	profiled := len(arguments) == 3 && arguments[1] == "--cpuprofile"
	if len(arguments) != 1 && !profiled {
		fmt.Fprint(stderr, pipelineUsageMessage)
		return 2
	}
	if profiled {
		stop, err := startCPUProfile(arguments[2])
		if err != nil {
			fmt.Fprintf(stderr, "error: pipeline: %v\n", err)
			return 1
		}
		defer stop()
	}
	result, err := readLogFile(arguments[0])
	if err == nil {
		err = json.NewEncoder(stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: pipeline: %v\n", err)
		return 1
	}
	return 0
}

// startCPUProfile profiles the process until the returned function is called.
func startCPUProfile(path string) (func(), error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		file.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}, nil
}

func readLogFile(path string) (*account, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	started := time.Now()
	result, err := readLog(file)
	if err != nil {
		return nil, err
	}
	result.ParseMs = float64(time.Since(started).Microseconds()) / 1000
	return result, nil
}

// readLog streams newline-separated JSON objects; memory grows only with distinct users and events.
func readLog(input io.Reader) (*account, error) {
	result := &account{Events: make(map[string]int)}
	users := make(map[string]struct{})
	counted := &countingReader{reader: input}
	lines := bufio.NewScanner(counted)
	lines.Buffer(make([]byte, readAheadBytes), longestLogLineBytes)
	var line logLine
	for lines.Scan() {
		result.Lines++
		line = logLine{}
		// encoding/json replaces invalid UTF-8 with U+FFFD, so that two different users could become one.
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || !line.complete() || !utf8.Valid(lines.Bytes()) || !hasExactKeys(lines.Bytes()) {
			result.addBad()
			continue
		}
		users[*line.UserID] = struct{}{}
		result.Events[*line.Event]++
		result.latencySumMs += *line.LatencyMs
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w (the longest line allowed is %d bytes)", result.Lines+1, err, longestLogLineBytes)
	}
	result.UniqueUsers = len(users)
	result.Bytes = counted.bytes
	return result, nil
}

func (l *logLine) complete() bool {
	return l.UserID != nil && l.Event != nil && l.Status != nil && l.LatencyMs != nil
}

// exactKeys are the field names of logLine exactly as they must appear in a line.
var exactKeys = [][]byte{[]byte(`"user_id"`), []byte(`"event"`), []byte(`"status"`), []byte(`"latency_ms"`)}

// hasExactKeys reports whether a decoded line has its fields under exactly these names: encoding/json ignores case.
// Names written with escapes are found by reading the line again, which real logs never need.
func hasExactKeys(line []byte) bool {
	plain := true
	for _, key := range exactKeys {
		plain = plain && bytes.Contains(line, key)
	}
	if plain {
		return true
	}
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(line, &fields) != nil {
		return false
	}
	for _, key := range exactKeys {
		if _, found := fields[string(key[1:len(key)-1])]; !found {
			return false
		}
	}
	return true
}

func (a *account) addBad() {
	a.Bad++
	if a.FirstBadLine == nil {
		number := a.Lines
		a.FirstBadLine = &number
	}
}

type countingReader struct {
	reader io.Reader
	bytes  int64
}

func (c *countingReader) Read(buffer []byte) (int, error) {
	read, err := c.reader.Read(buffer)
	c.bytes += int64(read)
	return read, err
}
