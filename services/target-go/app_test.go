package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHealthNamesTheSettings(t *testing.T) {
	_, server := startApp(t)
	var body health
	if err := json.NewDecoder(get(t, server.URL+"/healthz").Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if body.Status != "ok" || body.Name != "go" || !strings.HasPrefix(body.Runtime, "go1.") || !strings.Contains(body.Framework, "gin v1") {
		t.Errorf("%+v", body)
	}
	if body.Settings["compression"] != false || body.Settings["pushQueue"] != float64(queuePushes) {
		t.Errorf("%v", body.Settings)
	}
	for name, value := range body.Settings {
		switch value.(type) {
		case string, float64, bool:
		default:
			t.Errorf("%s: %v is no string, number or boolean", name, value)
		}
	}
}

func TestClockReadsBothClocksWhileServing(t *testing.T) {
	hub, server := startApp(t)
	before, realBefore := hub.clock.both()
	var body map[string]string
	if err := json.NewDecoder(get(t, server.URL+"/clock").Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	monotonicNs, err := strconv.ParseUint(body["monotonicNs"], 10, 64)
	if err != nil || monotonicNs < before || monotonicNs > hub.clock.nowNs() {
		t.Errorf("monotonic %v, %v", body, err)
	}
	realtimeNs, err := strconv.ParseInt(body["realtimeNs"], 10, 64)
	if err != nil || realtimeNs < realBefore || realtimeNs > time.Now().UnixNano() {
		t.Errorf("realtime %v, %v", body, err)
	}
}

func TestMetricsCountConnectionsAndPushes(t *testing.T) {
	_, server := startApp(t)
	socket := dialPush(t, server, testQuery)
	for range [2]struct{}{} { // the first is counted by the time the second is written
		if _, _, err := socket.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(get(t, server.URL+"/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`target_pushes_written_total [1-9]`).Match(body) {
		t.Error("no push counted")
	}
	for _, want := range []string{`target_connections{protocol="websocket"} 1`, `target_connections{protocol="tcp"} 0`,
		"target_push_queue_overflows_total 0", "go_goroutines "} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestPushWithoutUpgradeAnswers426(t *testing.T) {
	_, server := startApp(t)
	if response := get(t, server.URL+"/push"); response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestUserWithoutRedisAnswers503(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	for _, url := range []string{"", "redis://" + free.Addr().String()} {
		client, err := newRedis(url)
		if err != nil {
			t.Fatal(err)
		}
		if answer := requestUser(newApp(newTestHub(t), client), "7"); answer != `503 application/json {"error":"redis unavailable"}` {
			t.Errorf("%q: %s", url, answer)
		}
	}
}
