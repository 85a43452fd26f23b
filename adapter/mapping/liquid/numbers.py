"""Filters on numbers; everything is a double, so that 7 divided by 2 is 3.5."""

import math
from collections.abc import Callable
from typing import Any

from adapter.mapping.javascript.text import number_of
from adapter.mapping.liquid.values import number

_LARGEST_SAFE = 2**53 - 1


def _on_numbers(apply: Callable[..., float]) -> Callable[..., float]:
    def run(*values: Any) -> float:
        return apply(*map(number, values))

    return run


def _divided(dividend: float, divisor: float = math.nan, whole: float = 0) -> float:
    if divisor == 0:
        return math.nan if dividend == 0 else math.copysign(math.inf, dividend)
    return _floor(dividend / divisor) if whole else dividend / divisor


def _modulo(dividend: float, divisor: float = math.nan) -> float:
    if divisor == 0:
        return math.nan
    return math.fmod(math.fmod(dividend, divisor) + divisor, divisor)


def _floor(value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def _ceil(value: float) -> float:
    return -_floor(-value)


def _round(value: float, digits: float = 0) -> float:
    scaled = _shifted(abs(value), int(digits))
    if not scaled <= _LARGEST_SAFE:
        return value
    return math.copysign(_shifted(_floor(scaled + 0.5), -int(digits)), value)


def _shifted(value: float, digits: int) -> float:
    mantissa, _, exponent = repr(value).partition("e")
    return number_of(f"{mantissa}e{int(exponent or 0) + digits}")


NUMBER_FILTERS: dict[str, Callable[..., Any]] = {
    "abs": _on_numbers(abs),
    "at_least": _on_numbers(max),
    "at_most": _on_numbers(min),
    "ceil": _on_numbers(_ceil),
    "divided_by": _on_numbers(_divided),
    "floor": _on_numbers(_floor),
    "minus": _on_numbers(lambda left, right=math.nan: left - right),
    "modulo": _on_numbers(_modulo),
    "plus": _on_numbers(lambda left, right=math.nan: left + right),
    "round": _on_numbers(_round),
    "times": _on_numbers(lambda left, right=math.nan: left * right),
}
