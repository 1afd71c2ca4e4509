"""Fixtures of the adapters' tests."""

from tests.brokers import broker

__all__ = ["broker"]
