"""The messages of shaders, handed to Python's `logging`."""

from __future__ import annotations

import atexit
import logging
import sys

from pymetal._core import LogLevel, LogMessage, close_interpreter

# Functions run last to first: once more, so that `logging` shuts down after the last message.
atexit.register(close_interpreter)

_LEVELS = {
    LogLevel.Debug: logging.DEBUG,
    LogLevel.Info: logging.INFO,
    LogLevel.Notice: logging.INFO,
    LogLevel.Error: logging.ERROR,
    LogLevel.Fault: logging.CRITICAL,
}


def logger_name(subsystem: str, category: str) -> str:
    """`com.example.app.physics` for the subsystem `com.example.app` and the category `physics`."""
    return ".".join(part for part in (subsystem, category) if part) or "pymetal"


def deliver(message: LogMessage) -> None:
    """Logs the message. A program that has not set up logging sees every message on stderr."""
    name = logger_name(message.subsystem, message.category)
    logger = logging.getLogger(name)
    if logger.hasHandlers():
        logger.log(_LEVELS.get(message.level, logging.INFO), "%s", message.text)
    elif sys.stderr is not None:
        sys.stderr.write(f"[{name}] {message.text}\n")
