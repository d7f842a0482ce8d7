"""The desktop program: studies from folders, pseudonymized here, sent to an ADIT receiver."""

__version__ = "0.1.0"
