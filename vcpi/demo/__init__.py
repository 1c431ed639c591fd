"""A simulated screen with known truth, in the real file formats.

:func:`vcpi.demo.simulate.simulate_release` writes it; start reading there.
"""
