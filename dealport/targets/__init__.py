"""What `make demo`, `test`, `lint`, `bench` and `servers` do once the virtual environment is there."""
