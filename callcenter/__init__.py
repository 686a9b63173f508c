"""callcenter: no call to a public office goes unanswered and forgotten."""
