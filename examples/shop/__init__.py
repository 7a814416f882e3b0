"""A small web shop with customers of four tiers: what the demo and the end-to-end tests measure."""
