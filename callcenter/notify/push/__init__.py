"""Push messages to browsers: the key pair, which addresses may be called, and sending one (RFC 8030, 8291, 8292)."""
