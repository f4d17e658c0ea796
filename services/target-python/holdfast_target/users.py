"""GET /user/{id}: the cached JSON from Redis, unchanged. The only file that imports redis."""

from typing import Optional, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

POOL_CONNECTIONS = 64
"""Connections to Redis. Further requests wait for one; more would only queue in Redis, which has one thread."""
REPLY_TIMEOUT_S = 1.0
"""Longest wait for a connection to be established, and for a reply."""
POOL_TIMEOUT_S = 2.0
"""Longest wait for a pooled connection: time in our own queue under overload, not in Redis."""


class RedisUnavailable(Exception):
    """Redis refused, did not respond in time, or is not configured."""


class UserCache:
    """Values under `user:{id}`. Each request retries a lost Redis, so recovery is automatic."""

    def __init__(self, url: str) -> None:
        """`url` is a redis:// URL, or empty for none. Create it inside the event loop."""
        self._redis: Optional[Redis] = None
        if url:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=POOL_CONNECTIONS,
                timeout=POOL_TIMEOUT_S,
                socket_connect_timeout=REPLY_TIMEOUT_S,
                socket_timeout=REPLY_TIMEOUT_S,
                socket_keepalive=True,
                # Retry once, immediately: a restart of Redis may have closed a pooled connection. Not after a
                # timeout, and without the default back-off of seconds.
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
            self._redis = Redis.from_pool(pool)

    async def get(self, user_id: str) -> Optional[bytes]:
        """The value's bytes, or None when there is no such user. Raises RedisUnavailable."""
        if self._redis is None:
            raise RedisUnavailable
        try:
            return cast(Optional[bytes], await self._redis.get("user:" + user_id))
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error

    async def close(self) -> None:
        """Closes every connection."""
        if self._redis is not None:
            await self._redis.aclose()
