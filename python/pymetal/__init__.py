"""PyMetal runs Metal programs where there is no Apple GPU.

Start with `create_system_default_device()`. Every name of the API is here; the submodules group them.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError as _PackageNotFoundError
from importlib.metadata import version as _version

from pymetal.compute import *  # noqa: F403
from pymetal.compute import __all__ as _compute_names
from pymetal.enums import *  # noqa: F403
from pymetal.enums import __all__ as _enum_names
from pymetal.types import *  # noqa: F403
from pymetal.types import __all__ as _type_names

try:
    __version__ = _version("pymetal")
except _PackageNotFoundError:  # used from a source tree
    __version__ = "0.0.0"

__all__ = [*_compute_names, *_enum_names, *_type_names]
