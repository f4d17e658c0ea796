package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
)

// redisTimeout limits a request to Redis in total, including the wait for a pooled connection and retries.
const redisTimeout = time.Second

// newRedis returns nil for an empty URL. It does not dial, so Redis may become available later.
func newRedis(url string) (*redis.Client, error) {
	if url == "" {
		return nil, nil
	}
	settings, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	settings.DialTimeout = redisTimeout
	settings.ReadTimeout = redisTimeout
	settings.WriteTimeout = redisTimeout
	settings.PoolTimeout = redisTimeout
	settings.ContextTimeoutEnabled = true
	return redis.NewClient(settings), nil
}

// serveUser answers with the cached JSON of a user, unchanged.
func serveUser(client *redis.Client) gin.HandlerFunc {
	return func(ctx *gin.Context) {
		if client == nil {
			writeError(ctx.Writer, http.StatusServiceUnavailable, "redis unavailable")
			return
		}
		bounded, cancel := context.WithTimeout(ctx.Request.Context(), redisTimeout)
		defer cancel()
		value, err := client.Get(bounded, "user:"+ctx.Param("id")).Bytes()
		switch {
		case err == nil:
			ctx.Data(http.StatusOK, "application/json", value)
		case errors.Is(err, redis.Nil):
			writeError(ctx.Writer, http.StatusNotFound, "user not found")
		default:
			writeError(ctx.Writer, http.StatusServiceUnavailable, "redis unavailable")
		}
	}
}
