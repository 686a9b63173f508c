"""A Twilio that runs here: for tests, the demo, fire drills and `callcenter simulate`. See docs/standin.md."""
