"""The search: better routes by taking visits out and putting them back elsewhere, again and again."""
