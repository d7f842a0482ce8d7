"""Made-up anatomy: a chest for CT, a head for MR. All lengths are millimetres, axes are DICOM's (left, back, head)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint16]
_Values = NDArray[np.floating[Any]]

CT_OFFSET = 1024  # stored value of 0 Hounsfield units


def _ellipsoid(
    at: tuple[_Values, _Values, _Values], centre: tuple[float, float, float], radii: tuple[float, float, float]
) -> NDArray[np.bool_]:
    parts = (((axis - middle) / radius) ** 2 for axis, middle, radius in zip(at, centre, radii, strict=True))
    return np.asarray(sum(parts) <= 1.0)


def _noise(shape: tuple[int, ...], strength: float, seed: int) -> _Values:
    return np.random.default_rng(seed).normal(0.0, strength, shape).astype(np.float32)


def chest(x: _Values, y: _Values, z: _Values) -> _Values:
    """Hounsfield units of a chest at some places; z from -140 (belly) to 140 (neck)."""
    x, y, z = np.broadcast_arrays(x, y, z)
    at = (x, y, z)
    flat = np.zeros_like(z)
    tissue = np.full(x.shape, -1000.0, dtype=np.float32)
    body = _ellipsoid((x, y, flat), (0, 0, 0), (182, 122, 1))
    tissue[body] = -95
    tissue[_ellipsoid((x, y, flat), (0, 0, 0), (164, 105, 1))] = 45
    angle, distance = np.arctan2(y / 93, x / 150), np.hypot(x / 150, y / 93)
    rib = ((distance - 1) / 0.075) ** 2 + ((1 - np.cos(24 * angle)) / 1.1) ** 2 <= 1
    tissue[rib & (np.sin(z / 22 + 2 * angle) > -0.2)] = 420
    lungs = _ellipsoid(at, (-74, -2, 10), (56, 82, 128)) | _ellipsoid(at, (74, -2, 10), (54, 82, 128))
    tissue[lungs] = -860
    for index in range(18):
        side = -1 if index % 2 else 1
        vessel_x = side * (48 + 7 * (index // 2 % 5)) + z * 0.12 * side
        vessel_y = -55 + 7 * index + z * 0.1
        tissue[lungs & ((x - vessel_x) ** 2 + (y - vessel_y) ** 2 <= (2.0 + index % 3) ** 2)] = 30
    tissue[_ellipsoid(at, (22, -28, -45), (58, 46, 68))] = 52  # heart
    tissue[_ellipsoid(at, (-60, 5, -150), (95, 85, 62))] = 62  # liver
    tissue[(x - 24) ** 2 + (y - 52) ** 2 <= 12**2] = 150  # aorta
    tissue[((x + 4) ** 2 + (y - 10) ** 2 <= 8**2) & (z > 15)] = -990  # windpipe
    tissue[((x / 25) ** 2 + ((y - 78) / 20) ** 2 <= 1) & (np.sin(z / 4.5) > -0.85)] = 330  # vertebrae
    tissue[(x / 9) ** 2 + ((y - 99) / 8) ** 2 <= 1] = 25  # spinal canal
    tissue[(np.abs(y - 132) < 3) & (np.abs(x) < 170)] = -300  # table
    return tissue


def ct_slice(position: float, size: int, spacing: float, *, sharp: bool) -> Picture:
    """An axial slice of the chest, (size, size) with an even size, stored values with 0 at -1024 HU."""
    axis = (np.arange(size // 2, dtype=np.float32) - size / 4) * 2 * spacing  # half as fine: a quarter of the time
    coarse = chest(axis[None, :], axis[:, None], np.full((1, 1), position, dtype=np.float32))
    picture = coarse.repeat(2, axis=0).repeat(2, axis=1)
    picture += _noise(picture.shape, 38.0 if sharp else 11.0, seed=round(position * 10) + 5000)
    return _stored(picture + CT_OFFSET)


def ct_overview(rows: int, columns: int, spacing: float) -> Picture:
    """The planning picture (topogram): the chest seen from the front."""
    x = (np.arange(columns, dtype=np.float32) - columns / 2) * spacing
    z = (rows / 2 - np.arange(rows, dtype=np.float32)) * spacing
    depth = np.linspace(-120, 120, 25, dtype=np.float32)
    through = sum(chest(x[None, :], np.full((1, 1), y, dtype=np.float32), z[:, None]) + 1000 for y in depth)
    return _stored(np.asarray(through, dtype=np.float32) / 14 + _noise((rows, columns), 6.0, seed=77))


# signal of scalp, bone, fluid, grey and white matter, lesion
_SIGNALS = {"T1": (900, 60, 160, 430, 640, 300), "T2": (620, 40, 1250, 640, 430, 1050)}


def head(x: _Values, y: _Values, z: _Values, weighting: str) -> _Values:
    """MR signal of a head at some places."""
    scalp, bone, fluid, grey, white, lesion = _SIGNALS[weighting]
    x, y, z = np.broadcast_arrays(x, y, z)
    at = (x, y, z)
    signal = np.zeros(x.shape, dtype=np.float32)
    signal[_ellipsoid(at, (0, 0, 0), (79, 98, 92))] = scalp
    signal[_ellipsoid(at, (0, -92, -22), (12, 18, 20))] = scalp  # nose
    signal[_ellipsoid(at, (0, 0, 0), (73, 92, 86))] = bone
    signal[_ellipsoid(at, (0, 2, 0), (68, 87, 81))] = fluid
    folds = 1 + 0.035 * np.sin(x / 5) * np.cos(y / 6) + 0.035 * np.sin(z / 5 + x / 9)
    brain = _ellipsoid(at, (0, 2, 2), (66, 84, 78)) & (np.abs(x) > 1.6)
    signal[brain & _ellipsoid((x * folds, y * folds, z * folds), (0, 2, 2), (64, 82, 76))] = grey
    signal[brain & _ellipsoid((x * folds, y * folds, z * folds), (0, 2, 2), (56, 73, 66))] = white
    for side in (-1, 1):
        signal[_ellipsoid(at, (side * 13, 2, 14), (8, 36, 14))] = fluid  # ventricles
        signal[_ellipsoid(at, (side * 24, 4, 4), (11, 19, 13))] = grey  # basal ganglia
        signal[_ellipsoid(at, (side * 31, -74, -26), (12, 12, 12))] = fluid  # eyes
    signal[_ellipsoid(at, (30, 34, 26), (7, 8, 6))] = lesion
    return signal


def mr_slice(plane: str, position: float, size: int, spacing: float, weighting: str) -> Picture:
    """A slice of the head, (size, size).

    Args:
        plane: "axial", "sagittal" or "coronal"; rows and columns run as the demo's orientations say.
        position: millimetres along the axis that the plane cuts.
    """
    axis = (np.arange(size, dtype=np.float32) - size / 2) * spacing
    along, down = axis[None, :], axis[:, None]
    here = np.full((1, 1), position, dtype=np.float32)
    places = {"axial": (along, down, here), "sagittal": (here, along, -down), "coronal": (along, here, -down)}
    signal = head(*places[plane], weighting)
    shading = 1 + 0.12 * np.cos(along / 90) * np.cos(down / 90)
    noise = np.abs(_noise(signal.shape, 14.0, seed=round(position * 10) + 9000))
    return _stored(signal * shading + noise)


def _stored(values: _Values) -> Picture:
    return np.clip(np.rint(values), 0, 4095).astype(np.uint16)
