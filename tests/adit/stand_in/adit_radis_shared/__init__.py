"""A stand-in for the apps that ADIT shares with its sister project, as far as the receiver uses them."""
