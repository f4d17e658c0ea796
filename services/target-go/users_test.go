package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

func requestUser(app http.Handler, id string) string {
	recorder := httptest.NewRecorder()
	app.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/user/"+id, nil))
	return fmt.Sprintf("%d %s %s", recorder.Code, recorder.Header().Get("Content-Type"), recorder.Body)
}

// startRedis returns a function that ends the server.
func startRedis(t *testing.T, port int) func() {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	server := exec.Command(path, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	t.Cleanup(end)
	return end
}

func TestUserFollowsRedisDownAndUpAgain(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	_ = free.Close()
	end := startRedis(t, port)
	client, err := newRedis(fmt.Sprintf("redis://127.0.0.1:%d/0", port))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	app := newApp(newTestHub(t), client)
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	for client.Set(ctx, "user:7", "{\"name\": \"\xff\"}", 0).Err() != nil {
		if ctx.Err() != nil {
			t.Fatal("redis-server does not answer")
		}
	}
	if answer := requestUser(app, "7"); answer != "200 application/json {\"name\": \"\xff\"}" {
		t.Errorf("present: %q", answer)
	}
	if answer := requestUser(app, "8"); answer != `404 application/json {"error":"user not found"}` {
		t.Errorf("missing: %s", answer)
	}
	end()
	if answer := requestUser(app, "7"); answer != `503 application/json {"error":"redis unavailable"}` {
		t.Errorf("down: %s", answer)
	}
	startRedis(t, port)
	deadline := time.Now().Add(testTimeout)
	for requestUser(app, "8") != `404 application/json {"error":"user not found"}` {
		if time.Now().After(deadline) {
			t.Fatal("does not recover")
		}
	}
}
