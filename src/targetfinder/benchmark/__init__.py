"""How well a ranking finds known targets, beside simple rules and chance; it takes no part in the ranking."""
