"""Who becomes whom: the four modes, and the key list that the user keeps."""
