"""The same upload without a window."""
