"""Trees: a boosted forest as plain columns, walked by numpy alone; they stand on the ground for all rooms."""

from domain.trees import Trees, Walk

__all__ = ["Trees", "Walk"]
