"""Search one: what a compound looks like. The one home of RDKit."""
