"""The desktop program: studies from folders, pseudonymized here, sent to an ADIT receiver."""
