"""Simulated devices, fleets and faults with known truth."""
