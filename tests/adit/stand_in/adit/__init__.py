"""A stand-in for ADIT: what the receiver uses of it, by the same names and in the same shape, and nothing more."""
