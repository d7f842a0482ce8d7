"""Blanking: rectangles of a picture overwritten with black, everything outside them as it was."""
