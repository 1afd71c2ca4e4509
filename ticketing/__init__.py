"""The service desk: findings and people become tickets. Pure functions over values."""
