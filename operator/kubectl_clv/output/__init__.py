"""How figures, times and tables look; no verb formats by itself."""
