"""Why a figure could not be had."""


class CannotMeasure(Exception):
    """A figure can't be measured; the message says why and, where there is something, what to do about it."""
