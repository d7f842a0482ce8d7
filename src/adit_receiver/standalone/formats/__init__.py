"""How dates, times and numbers are written, by language. The names are Django's."""
