"""Mails about trouble: who wants which, what there is, and telling each person once."""
