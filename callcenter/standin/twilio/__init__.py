"""How Twilio behaves on calls and text messages: it plays TwiML, connects calls and sends webhooks."""
