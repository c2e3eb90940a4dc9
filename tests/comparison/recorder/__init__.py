"""Records what the product of one checkout answers: run by `make compare` with that checkout first on the path.

It talks to the product through HTTP, commands of manage.py, tasks by name, models by name and files alone, never
through modules that a refactoring may move. So one recorder runs against every commit.
"""
