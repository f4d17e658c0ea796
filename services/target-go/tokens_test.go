package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func postTokens(t *testing.T, path, body string) (int, string) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST("/stream", serveTokens)
	server := httptest.NewServer(router)
	defer server.Close()
	answer, err := http.Post(server.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestTokensComeInOrderThenTheEndMark(t *testing.T) {
	for _, each := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"/stream?events=2&intervalMs=1&bytes=2", "", 200,
			"data: {\"index\":0,\"text\":\"xx\"}\n\ndata: {\"index\":1,\"text\":\"xx\"}\n\ndata: [DONE]\n\n"},
		{"/stream?events=5&jitterMs=1", `{"model":"m","events":1,"bytes":1}`, 200,
			"data: {\"index\":0,\"text\":\"x\"}\n\ndata: [DONE]\n\n"},
		{"/stream?events=0", "", 200, "data: [DONE]\n\n"},
		{"/stream", `{"events":-1}`, 400, `{"error":"events: expected 0 to 1000000, got \"-1\""}`},
		{"/stream?bytes=1.5", "", 400, `{"error":"bytes: expected 0 to 65536, got \"1.5\""}`},
		{"/stream", `{"intervalMs":null}`, 400, `{"error":"intervalMs: expected 0 to 3600000, got \"null\""}`},
	} {
		status, text := postTokens(t, each.path, each.body)
		if status != each.status || text != each.text {
			t.Errorf("%s %s: got %d %q, expected %d %q", each.path, each.body, status, text, each.status, each.text)
		}
	}
}
