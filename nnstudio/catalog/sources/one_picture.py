"""Read one picture: upright, on white, brought to one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from nnstudio.document.errors import TrainError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
WHITE = (255, 255, 255, 255)
MAX_PIXELS = 50_000_000


@dataclass
class Seen:
    """What pictures were that are not read as they are: put on white, brought to 256 steps."""

    transparent: int = 0
    deep: int = 0


def read_picture(file: IO[bytes], size: int, grey: bool, name: str, seen: Seen | None = None) -> np.ndarray:
    """Return one picture (channels, size, size) as bytes: upright as its camera says, on white where it is transparent,
    the first of several.

    Raises:
        TrainError: no picture, or one of too many pixels; it is not unpacked then.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    # The size is checked here, before anything is unpacked.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise TrainError(
                    "data.huge_picture", name=name, width=width, height=height, high=MAX_PIXELS // 1_000_000
                )
            image.draft("L" if grey else "RGB", (size, size))
            upright = _flat(ImageOps.exif_transpose(image), seen or Seen())
            small = upright.convert("L" if grey else "RGB").resize((size, size), Image.Resampling.BILINEAR)
            pixels = np.asarray(small, dtype=np.uint8)
    except (UnidentifiedImageError, SyntaxError, ValueError, OSError, MemoryError) as error:
        raise TrainError("data.bad_picture", name=name, detail=str(error).split("\n")[0][:120]) from None
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def _flat(image: Image.Image, seen: Seen) -> Image.Image:
    """A picture of at most 256 steps a channel, and nothing to be seen through."""
    import numpy as np
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        seen.deep += 1
        values = np.asarray(image, dtype=np.float64)
        values = np.nan_to_num(values - min(0.0, float(np.nanmin(values, initial=0.0))))
        most = float(values.max(initial=0.0))
        # 16 bits are scaled by what they can hold, so that a dark picture stays dark; other numbers by what there is.
        if image.mode.startswith("I;16") or (image.mode == "I" and 255 < most <= 65535):
            top = 65535.0
        else:
            top = 1.0 if image.mode == "F" and most <= 1.0 else max(most, 255.0)
        return Image.fromarray((values * (255.0 / top)).round().astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        if np.asarray(clear.getchannel("A")).min(initial=255) < 255:
            seen.transparent += 1
            clear = Image.alpha_composite(Image.new("RGBA", clear.size, WHITE), clear)
        return clear.convert("RGB")
    return image
