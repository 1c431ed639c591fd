"""A simulated screen with known truth, in the real file formats."""
