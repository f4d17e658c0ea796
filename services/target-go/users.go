package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"
)

// redisTimeout bounds a whole answer of Redis: waiting for a pooled connection, retries and all.
const redisTimeout = time.Second

// newRedis is nil for an empty URL. It does not dial: a Redis that comes later is found later.
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

// serveUser answers the cached JSON of a user as it is.
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
