"""Random conversations with the endpoint: rules kept and broken, several at once, cut anywhere."""
