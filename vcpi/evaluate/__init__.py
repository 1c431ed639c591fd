"""How good a database of signatures is: retrieval, leakage, calibration, dose, structure, stability.

Pure functions on arrays; :func:`vcpi.evaluate.run.evaluate_dataset` composes them. What scores a query against every
signature is a function from rows to a block of scores (:mod:`vcpi.evaluate.scores`), so that nothing holds all pairs.
"""
