"""Pictures of the pages for the docs, taken with Chromium from a simulated day: `make pictures`."""
