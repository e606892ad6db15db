"""PyMetal runs Metal programs where there is no Apple GPU.

Start with `create_system_default_device()`. Every name of the API is here; the submodules group them.
"""

from __future__ import annotations

from pymetal._core import __version__
from pymetal.compute import *  # noqa: F403
from pymetal.compute import __all__ as _compute_names
from pymetal.enums import *  # noqa: F403
from pymetal.enums import __all__ as _enum_names
from pymetal.types import *  # noqa: F403
from pymetal.types import __all__ as _type_names

__all__ = ["__version__", *_compute_names, *_enum_names, *_type_names]
