package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const tokenBodyBytes = 1 << 20

// tokenQuery holds the parameters of POST /stream: events before [DONE], their interval, the maximum random delay of
// each, and the length of an event's text.
type tokenQuery struct {
	events, intervalMs, jitterMs, bytes int
}

// parseTokenQuery parses the query string and a JSON body, whose fields take precedence. Unknown fields are ignored,
// since bodies made for other servers have them.
func parseTokenQuery(raw string, body []byte) (tokenQuery, error) {
	values, _ := url.ParseQuery(raw)
	var own map[string]json.RawMessage
	if len(body) > 0 {
		if err := json.Unmarshal(body, &own); err != nil {
			return tokenQuery{}, fmt.Errorf("body: expected a JSON object: %w", err)
		}
	}
	var query tokenQuery
	for _, field := range []struct {
		name           string
		into           *int
		most, fallback uint64
	}{
		{"events", &query.events, 1_000_000, 10},
		{"intervalMs", &query.intervalMs, 3_600_000, 100},
		{"jitterMs", &query.jitterMs, 3_600_000, 0},
		{"bytes", &query.bytes, 65_536, 16},
	} {
		if given, ok := own[field.name]; ok {
			values.Set(field.name, strings.Trim(string(given), `"`))
		}
		number, err := integerField(values, field.name, 0, field.most, field.fallback)
		if err != nil {
			return tokenQuery{}, err
		}
		*field.into = int(number)
	}
	return query, nil
}

// serveTokens answers a request with an event stream. Each event is due relative to the start, so that a late one does
// not delay later ones; the stream ends when the client disconnects.
func serveTokens(ctx *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(ctx.Writer, ctx.Request.Body, tokenBodyBytes))
	if err != nil {
		writeError(ctx.Writer, http.StatusBadRequest, err.Error())
		return
	}
	query, err := parseTokenQuery(ctx.Request.URL.RawQuery, body)
	if err != nil {
		writeError(ctx.Writer, http.StatusBadRequest, err.Error())
		return
	}
	ctx.Header("Content-Type", "text/event-stream")
	ctx.Header("Cache-Control", "no-store")
	text := strings.Repeat("x", query.bytes)
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for index := range query.events {
		late := time.Duration(rand.Float64() * float64(query.jitterMs) * float64(time.Millisecond))
		due := start.Add(time.Duration(index*query.intervalMs)*time.Millisecond + late)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Request.Context().Done():
			return
		case <-timer.C:
		}
		if _, err := fmt.Fprintf(ctx.Writer, "data: {\"index\":%d,\"text\":\"%s\"}\n\n", index, text); err != nil {
			return
		}
		ctx.Writer.Flush()
	}
	_, _ = io.WriteString(ctx.Writer, "data: [DONE]\n\n")
	ctx.Writer.Flush()
}
