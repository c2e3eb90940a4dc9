"""A real PostgreSQL and a real Valkey from PyPI wheels, shared by every process of this checkout.

Each server belongs to a small keeper process (`keeper.py`). Whoever uses a server holds a shared lock on its
lease file (`home.py`); the kernel drops that lock however its holder dies, and the keeper stops the server
when nobody holds one any more. Nothing here needs Django, root, or more than the standard library and the
packages of requirements.txt.
"""
