"""The product of two commits compared by what it answers: `make compare BASE=<commit>`."""
