"""Secrets and certificates of a stack: made, rotated, noted with what uses them."""
