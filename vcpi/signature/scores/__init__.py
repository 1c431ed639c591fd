"""The connectivity scores, their normalization and their nulls; :mod:`vcpi.signature.connectivity` lists them."""
