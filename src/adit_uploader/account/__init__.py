"""Who I am: server address, token in the system's keyring, settings."""
