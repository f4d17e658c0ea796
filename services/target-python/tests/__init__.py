"""Run from the folder above: `.venv-cpython/bin/python -m unittest`, and the same with .venv-pypy."""
