"""Stand-in for the two public APIs, for tests and the demo.

Nothing in the product imports it, and it imports nothing of the product.
"""
