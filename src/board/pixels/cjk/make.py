#!/usr/bin/env python3
"""Makes glyphs.bin, the wide glyphs of the display, from three fonts of the npm registry. The same octets every time.

    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools==4.68.0 brotli==1.2.1
    /tmp/fonts/bin/python src/board/pixels/cjk/make.py

It needs npm, fetches what SOURCES names, and refuses what has another checksum. Licences: LICENSE beside this file.

Every character gets the first of these that has it:
  1. the 10 pixel font, whose glyphs are drawn in 9 by 9 pixels: one row of the display, nothing touches;
  2. the 12 pixel font, 11 by 11 pixels, for what GB 2312 and people's names need beyond the first,
     and for what the first draws wider;
  3. Unifont, 16 by 16, made smaller by leaving out the lines that say least, for what both lack.

gb2312.txt is every character of GB 2312, for the tests.

glyphs.bin, numbers big-endian: how many glyphs of 9 by 9 and of 11 by 11 there are (u16 each); the codes of the first,
ascending (u16 each); the codes of the second; the pixels of the first, row by row, the leftmost in the highest bit,
without gaps between glyphs, filled up to an octet; the pixels of the second.
"""

import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

# Package of npm, version, SHA-256 of its archive, the font in it, units of a pixel.
SOURCES = [
    ("@fontsource/fusion-pixel-10px-monospaced-sc", "5.3.0",
     "5634db5412ee08b1c7040695ab3c72d7709dc7381c2ed76ea5d400673dcfb4ea",
     "fusion-pixel-10px-monospaced-sc-latin-400-normal.woff2", 100),
    ("@fontsource/fusion-pixel-12px-monospaced-sc", "5.3.0",
     "b603ca7ea6f11a6b30d3f014fa2323700b2d2da9287703212eefeb80324bbd52",
     "fusion-pixel-12px-monospaced-sc-latin-400-normal.woff2", 100),
    ("@fontsource/unifont", "5.3.0",
     "9ef5426b0bdb8ba692c2594c2972531a3e406c0d6d917fc9949f991ee51ed7a6",
     "unifont-latin-400-normal.woff2", 64),
]

# The small and the large glyphs: pixels a side, and the row of the top one above the baseline.
SMALL, LARGE = (9, 8), (11, 9)

# Characters of people's names that GB 2312 lacks.
NAMES = "镕淏骉翀玹赟頔玚玙囧槑烎靐"


def main():
    with tempfile.TemporaryDirectory() as folder:
        ten, twelve, sixteen = (font(pathlib.Path(folder), *source) for source in SOURCES)
    small, large, shrunk = {}, {}, 0
    wider = set(map(ord, gb2312() + list(NAMES)))
    for code in filter(wanted, range(0x2100, 0x10000)):
        pixels = ten(code)
        glyph = fitted(pixels, SMALL)
        if glyph:
            small[code] = glyph
        elif pixels:
            wider.add(code)
    for code in sorted(wider):
        if code not in small and is_wide(code) and not chr(code).isspace():
            large[code] = fitted(twelve(code), LARGE)
            if not large[code]:
                large[code], shrunk = reduced(sixteen(code), LARGE[0]), shrunk + 1
    out = pathlib.Path(__file__).with_name("glyphs.bin")
    lines = ["".join(gb2312()[at:at + 94]) for at in range(0, len(gb2312()), 94)]
    out.with_name("gb2312.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out.write_bytes(packed(small, large))
    print(f"{len(small)} glyphs of 9 by 9 and {len(large)} of 11 by 11, {shrunk} of them made smaller;"
          f" {out.stat().st_size} octets, SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}")


def is_wide(code):
    """What `cells` in src/text.rs counts as two columns; a test sees to it that no glyph is wider than its columns."""
    ranges = [
        (0x1100, 0x115F), (0x2160, 0x217F), (0x224C, 0x224C), (0x2312, 0x2312), (0x2460, 0x24FF), (0x25CE, 0x25CE),
        (0x2605, 0x2606), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60),
        (0xFFE0, 0xFFE6),
    ]
    return any(first <= code <= last for first, last in ranges)


def wanted(code):
    """Wide characters and half-width kana; of Hangul what KS X 1001 has, the others are not in use."""
    if 0xAC00 <= code <= 0xD7A3:
        try:
            return len(chr(code).encode("euc_kr")) == 2
        except UnicodeEncodeError:
            return False
    return is_wide(code) or 0xFF61 <= code <= 0xFF9F


def gb2312():
    """Every character of GB 2312."""
    found = []
    for row in range(0xA1, 0xF8):
        for column in range(0xA1, 0xFF):
            try:
                found.append(bytes([row, column]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    return found


def font(folder, package, version, checksum, file, unit):
    """A function from a code to its pixels, (x, rows above the baseline), or None."""
    archive = subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / archive.stdout.strip()
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != checksum:
        sys.exit(f"{package}@{version} has the checksum {found}, expected {checksum}")
    with tarfile.open(archive) as packed_files:
        data = packed_files.extractfile(f"package/files/{file}")
        opened = TTFont(data, lazy=False)
    names, glyphs = opened.getBestCmap(), opened.getGlyphSet()

    def pixels(code):
        if code not in names:
            return None
        pen = DecomposingRecordingPen(glyphs)
        glyphs[names[code]].draw(pen)
        return filled(contours(pen.value), unit)

    return pixels


def contours(strokes):
    """The polygons of an outline. What Unifont's call a curve turns at right angles all the same."""
    found = []
    for verb, points in strokes:
        if verb == "moveTo":
            found.append(list(points))
        elif verb in ("lineTo", "qCurveTo"):
            found[-1].extend(points)
        elif verb not in ("closePath", "endPath"):
            raise ValueError(f"the outline of a pixel font has a {verb}")
    return found


def filled(polygons, unit):
    """The pixels inside polygons whose corners stand on the grid."""
    edges = [(a, b) for points in polygons for a, b in zip(points, points[1:] + points[:1])]
    if any(number % unit for edge in edges for point in edge for number in point):
        raise ValueError("an outline off its grid")
    rows = [y // unit for edge in edges for _, y in edge]
    inside = set()
    for row in range(min(rows, default=0), max(rows, default=0)):
        crossings = sorted(
            (a[0] // unit, 1 if b[1] > a[1] else -1)
            for a, b in edges if min(a[1], b[1]) <= row * unit < max(a[1], b[1]))
        winding = 0
        for (left, turn), (right, _) in zip(crossings, crossings[1:]):
            winding += turn
            if winding:
                inside.update((x, row) for x in range(left, right))
    return inside


def fitted(pixels, size):
    """Rows of a glyph in its square, or None if it has no pixel or one outside."""
    side, top = size
    rows = [[False] * side for _ in range(side)]
    for x, row in pixels or ():
        y = top - 1 - row
        if not (0 <= x < side and 0 <= y < side):
            return None
        rows[y][x] = True
    return rows if pixels else None


def reduced(pixels, side):
    """A larger glyph without the rows and columns whose loss changes least, in the middle of its square."""
    left, bottom = min(x for x, _ in pixels), min(y for _, y in pixels)
    right, top = max(x for x, _ in pixels), max(y for _, y in pixels)
    rows = [[(x, y) in pixels for x in range(left, right + 1)] for y in range(top, bottom - 1, -1)]
    while len(rows) > side or len(rows[0]) > side:
        choices = [(loss(rows, at), False, at) for at in range(len(rows)) if len(rows) > side]
        columns = turned(rows)
        choices += [(loss(columns, at), True, at) for at in range(len(columns)) if len(columns) > side]
        _, across, at = min(choices)
        if across:
            del columns[at]
            rows = turned(columns)
        else:
            del rows[at]
    above, before = (side - len(rows)) // 2, (side - len(rows[0])) // 2
    square = [[False] * side for _ in range(side)]
    for y, row in enumerate(rows):
        square[above + y][before:before + len(row)] = row
    return square


def loss(lines, at):
    """How much is lost with a line, for each of its pixels: most where a stroke of one pixel goes, or the one gap
    between two strokes; little where it is like its neighbours."""
    blank = [False] * len(lines[0])
    before = lines[at - 1] if at else blank
    after = lines[at + 1] if at + 1 < len(lines) else blank
    total = 0
    for a, b, c in zip(before, lines[at], after):
        total += 20 if b and not a and not c else 15 if a and c and not b else (a != b) + (b != c)
    return total / len(blank)


def turned(lines):
    return [list(line) for line in zip(*lines)]


def packed(small, large):
    out = len(small).to_bytes(2, "big") + len(large).to_bytes(2, "big")
    for glyphs in (small, large):
        out += b"".join(code.to_bytes(2, "big") for code in sorted(glyphs))
    for glyphs in (small, large):
        bits = "".join("01"[pixel] for code in sorted(glyphs) for row in glyphs[code] for pixel in row)
        bits += "0" * (-len(bits) % 8)
        out += int(bits, 2).to_bytes(len(bits) // 8, "big")
    return out


if __name__ == "__main__":
    main()
