"""Two hosts under every fault at once, in real time: what survives, and what does not."""
