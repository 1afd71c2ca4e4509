"""The roof: command line, settings, wiring."""
