"""Every function of the MSL specification compiles, with the type that the specification gives it."""

from __future__ import annotations

from pathlib import Path

import pymetal as pm
import pytest

FOLDER = Path(__file__).parent / "inventory"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.metal")))
def test_header(device: pm.Device, name: str) -> None:
    library = device.new_library_with_file(str(FOLDER / f"{name}.metal"))
    assert library.function_names == ["inventory"]
