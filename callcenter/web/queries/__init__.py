"""What do the pages ask of the database that no subject answers yet? One file per question."""
