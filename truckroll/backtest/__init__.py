"""Backtest: what rules would have made of the past, down to tickets, hours and parts."""
