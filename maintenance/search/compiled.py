"""Compiled where numba is installed, else run as it is: the same source, about ten times slower."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from os import environ
from typing import TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., object])
IS_COMPILED = find_spec("numba") is not None and environ.get("TRUCKROLL_UNCOMPILED", "") == ""
Floats = list[float]
Ints = list[int]
"""Columns: lists as the type checker and the interpreter see them, arrays where they are compiled."""


def compiled(function: F) -> F:
    """The function as machine code with all that it calls, kept on the disk."""
    if not IS_COMPILED:
        return function
    return cast(F, import_module("numba").njit(cache=True, error_model="numpy")(function))


def inner(function: F) -> F:
    """The same for what only compiled functions call: it comes without its own way in, which is half of compiling."""
    if not IS_COMPILED:
        return function
    how = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, import_module("numba").njit(**how)(function))


def floats(values: Floats) -> Floats:
    """A column of floats in the form that runs fastest here."""
    return cast(Floats, np.array(values, np.float64)) if IS_COMPILED else [float(value) for value in values]


def ints(values: Ints) -> Ints:
    """A column of whole numbers in the form that runs fastest here."""
    return cast(Ints, np.array(values, np.int64)) if IS_COMPILED else [int(value) for value in values]
