"""Pages and texts about one compound or several: what an answer holds, made readable."""
