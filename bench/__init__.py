"""Speed of callcenter, compared with the least that any such webhook handler must do on this machine (the floor)."""
