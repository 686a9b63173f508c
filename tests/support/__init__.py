"""What do many tests need? Servers, fresh databases, a browser."""
