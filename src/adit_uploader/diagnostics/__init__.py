"""What helps to find out why something does not work, without anything that says of whom: the bundle and the log."""
