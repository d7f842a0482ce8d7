"""Pictures: what the header says of them, where their frames lie, and how one looks on a screen."""
