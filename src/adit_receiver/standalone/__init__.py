"""A ready Django project around the receiver, for a machine without ADIT."""
