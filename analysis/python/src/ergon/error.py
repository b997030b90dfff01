"""The one exception of the package."""


class Error(Exception):
    """What was asked for cannot be done; the message says what, where and what to do."""
