"""The shape of every API answer: envelope, errors, pages, numbers. Reached through REST_FRAMEWORK alone."""
