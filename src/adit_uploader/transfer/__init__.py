"""Getting it there: plan, journal, lanes, the upload and its receipt."""
