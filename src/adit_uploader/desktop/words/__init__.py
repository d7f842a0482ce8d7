"""Everything the window says about values, in the user's language."""
