package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
)

// newApp is the HTTP side, without a listener.
func newApp(hub *hub, client *redis.Client) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New() // no access log on the hot path
	router.Use(gin.Recovery())
	health := healthOf(client)
	router.GET("/healthz", func(ctx *gin.Context) { ctx.JSON(http.StatusOK, health) })
	router.GET("/clock", func(ctx *gin.Context) {
		monotonicNs, realtimeNs := hub.clock.both()
		ctx.JSON(http.StatusOK, gin.H{
			"monotonicNs": strconv.FormatUint(monotonicNs, 10),
			"realtimeNs":  strconv.FormatInt(realtimeNs, 10),
		})
	})
	router.GET("/metrics", gin.WrapH(hub.metrics.handler()))
	router.GET("/user/:id", serveUser(client))
	router.GET("/push", servePush(hub))
	router.GET("/events", serveEvents(hub))
	router.POST("/stream", serveTokens)
	return router
}

func writeError(writer http.ResponseWriter, status int, text string) {
	body, _ := json.Marshal(map[string]string{"error": text}) // a map of strings cannot fail
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_, _ = writer.Write(body)
}

type health struct {
	Status    string         `json:"status"`
	Name      string         `json:"name"`
	Runtime   string         `json:"runtime"`
	Framework string         `json:"framework"`
	Settings  map[string]any `json:"settings"`
}

// healthOf reports every setting that affects performance.
func healthOf(client *redis.Client) health {
	settings := map[string]any{
		"gomaxprocs":              runtime.GOMAXPROCS(0),
		"gogc":                    environment("GOGC", "100"),
		"gomemlimit":              environment("GOMEMLIMIT", "off"),
		"compression":             false,
		"tcpNoDelay":              true,
		"tcpKeepAliveSeconds":     15,
		"listenBacklog":           "somaxconn",
		"pushQueue":               queuePushes,
		"goroutinesPerConnection": 2,
		"readBufferBytes":         readBufferBytes,
		"writeBuffer":             fmt.Sprintf("pooled, %d bytes while writing", writeBufferBytes),
		"redis":                   client != nil,
	}
	if client != nil {
		settings["redisPool"] = client.Options().PoolSize
		settings["redisTimeoutMs"] = redisTimeout.Milliseconds()
	}
	return health{
		Status:  "ok",
		Name:    "go",
		Runtime: runtime.Version(),
		Framework: fmt.Sprintf("gin %s, gorilla/websocket %s, go-redis %s", moduleVersion("github.com/gin-gonic/gin"),
			moduleVersion("github.com/gorilla/websocket"), moduleVersion("github.com/redis/go-redis/v9")),
		Settings: settings,
	}
}

func environment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func moduleVersion(path string) string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == path {
				return module.Version
			}
		}
	}
	return "unknown"
}
