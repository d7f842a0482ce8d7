"""System checks that say what is missing."""
