"""Completion of command buffers as futures."""

from __future__ import annotations

import asyncio
import concurrent.futures

from pymetal._core import CommandBuffer, MetalError


def _failure_of(commands: CommandBuffer) -> MetalError | None:
    failure = commands.error
    return None if failure is None else MetalError(failure.message)


def future_of(commands: CommandBuffer) -> concurrent.futures.Future[CommandBuffer]:
    """A future that the completion of `commands` ends. It cannot be cancelled: the commands run anyway."""
    future: concurrent.futures.Future[CommandBuffer] = concurrent.futures.Future()
    future.set_running_or_notify_cancel()

    def finish(completed: CommandBuffer) -> None:
        failure = _failure_of(completed)
        if failure is None:
            future.set_result(completed)
        else:
            future.set_exception(failure)

    commands.when_completed(finish)
    return future


def completion_of(commands: CommandBuffer) -> asyncio.Future[CommandBuffer]:
    """A future of the running loop that the completion of `commands` ends. Cancelling it leaves the commands alone."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[CommandBuffer] = loop.create_future()

    def finish_in_loop(completed: CommandBuffer) -> None:
        if future.done():
            return
        failure = _failure_of(completed)
        if failure is None:
            future.set_result(completed)
        else:
            future.set_exception(failure)

    def finish(completed: CommandBuffer) -> None:
        # A loop that was closed meanwhile has nobody who waits.
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish_in_loop, completed)

    commands.when_completed(finish)
    return future
