"""English as read on both sides of the Atlantic: Django's own is American, in which 4/5 is the 5th of April."""
