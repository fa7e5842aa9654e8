"""What betrays text read in a wrong encoding: characters that sound text never holds together.

UTF-8 writes é as the bytes C3 A9. Read as Windows-1252 they are `Ã©`, as Mac Roman `√©`, as a DOS
code page `├®`; read wrongly twice they are `ÃƒÂ©`, which holds such pairs too. Any of these
characters alone may well be meant, and so may some pairs behind a word in capitals: `AVELÃ”`.

One of these encodings read as another makes one character of one: é becomes `Ž`, `È` or `Θ`. It is
seen where a small letter stands before it, or on both sides, and no sound word has it: `rosŽ`,
`Ch‰teau`. What became a small letter or an apostrophe is not seen.
"""

from __future__ import annotations

CONTINUING = bytes(range(0x80, 0xC0))
"""In UTF-8, all bytes of a character but its first."""
BEHIND_A_WORD = r"\xa0’”»›–—…™®"
"""What Windows-1252 has for continuing bytes, and may stand behind any word."""
CAPITALS, SMALL = "A-ZÀ-Þ", "a-zß-ÿ"


def _continuing(encoding: str, without: str = "") -> str:
    """Write a class of what continuing bytes are in an encoding, unknown ones as in Latin-1."""
    read = CONTINUING.decode(encoding, "ignore")
    kept = "".join(c for c in read if c not in f"{without}\xa0\xad")
    return rf"[\x80-\x9f\xad{kept}]"


WINDOWS = (
    f"[ÂÃ]{_continuing('cp1252', BEHIND_A_WORD)}",
    f"[ÄÅ]{_continuing('cp1252', f'{BEHIND_A_WORD}°¹²³')}",
    f"(?:^|[^{CAPITALS}])[ÂÃ][{BEHIND_A_WORD}]|[ÂÃ][”»›™®][{SMALL}]",
    f"[{SMALL}][ÄÅ][{BEHIND_A_WORD}°¹²³]",
    r"Ì[\x80-\x9f€‚ƒˆŠŒ§¨]|â[\x80-\x9f€‚„†ˆ‰]|ï»¿|ï¿½",
)
MAC_ROMAN = (
    f"[¬√ƒ]{_continuing('mac_roman')}",
    "≈[ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûüßÆØæøªº°†•∫Ω]",
    f"[{SMALL}](?:Ã[ÄÅÇÉàäåß]|≈±)",
    f"‚{_continuing('mac_roman')}{{2}}|Ôªø|ÔøΩ",
)
DOS = tuple(
    f"[┬├─┼]{behind}|{of_three}{behind}"
    for behind, of_three in (
        (_continuing("cp437"), "Γ[Çéäö]"),
        (_continuing("cp850"), "Ô[Çéäö]"),
    )
)
OTHERS = (
    # UTF-8 of Greek and Cyrillic: letters may stand beside these letters, signs do not.
    f"[ÎÏÐÑ]{_continuing('cp1252', f'{BEHIND_A_WORD}ŠšŒœŽžŸƒªºµ')}",
    # Controls, which are in no text.
    r"[\x80-\x84\x86-\x9f]",
    # One byte read as another: capitals behind small letters, signs between them.
    f"[{SMALL}]{{2}}[ÀÁÈÊËÌÍÎÏÒÔÕÙÚÛŠŽŸ]",
    f"[{SMALL}][‡‰ˆ¸˙ΘΦαΩ⌠±ⁿ÷Στφ≤‚¤„¡¢][{SMALL}]",
)
MOJIBAKE = "|".join((*WINDOWS, *MAC_ROMAN, *DOS, *OTHERS, "\ufffd"))
"""A pattern found in text that was read in a wrong encoding, the replacement character included.

It has no `$`, no `\\w` and no lookahead: pandas would leave Arrow's engine for Python's, which
takes 80 times as long.
"""
