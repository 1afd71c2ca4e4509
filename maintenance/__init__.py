"""Maintenance: which work is due, and who does it when."""
