"""The HTTP API: what a running service knows, and what people do with its tickets, under `/api/v1`."""
