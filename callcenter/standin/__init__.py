"""A stand-in for Twilio that runs locally: for tests, the demo, benchmarks and drills. See docs/standin.md."""
