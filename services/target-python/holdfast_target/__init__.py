"""A Holdfast target: FastAPI, uvicorn and redis.asyncio on CPython or PyPy. The contract is docs/targets.md."""
