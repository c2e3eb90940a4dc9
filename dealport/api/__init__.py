"""The shape of every API answer: envelope, errors, pages, numbers. Used through Django REST framework's settings."""
