"""What may leave: the standard's table, profiles, the engine, and the checks."""
