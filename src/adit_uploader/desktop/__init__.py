"""The window. The only room that may import Qt."""
