"""A receiver on loopback and made-up studies, to try the program with."""
