"""Learning from history: what came before failures, and how sure that is. Pure functions over numpy columns."""
