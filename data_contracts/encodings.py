"""A pattern for mojibake: text that was read with the wrong encoding.

UTF-8 writes é as the bytes C3 A9. Windows-1252 reads them as `Ã©`, Mac Roman as `√©`, and a DOS
code page as `├®`; after two wrong readings it is `ÃƒÂ©`, which contains such pairs, too. The
pattern looks for pairs, because each of these characters alone can be correct. Even some pairs can,
after a word in capitals: `AVELÃ”`.

Reading one of these other encodings as another turns one character into one: é into `Ž`, `È`, `Ç`
or `Θ`. The pattern finds it behind or between small letters, where no correct word has it: `rosŽ`,
`Ch‰teau`. It does not find a character that became an apostrophe, and one that became a small
letter only if the word then mixes alphabets (`data_contracts/alphabets.py`).

Text in another alphabet becomes whole words of accented letters: Windows-1251 writes красное as the
bytes of `êðàñíîå`. The pattern finds five of them in a row that no stretched word such as `jäääää`
has: a letter of one half of the code page between two of the other half.
"""

from __future__ import annotations

from data_contracts.alphabets import MIXED_WORDS

CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
"""UTF-8's continuation bytes: all bytes of a character except the first."""
AFTER_A_WORD = r"\xa0’”»›–—…™®"
"""Continuation bytes in Windows-1252 that may follow any correct word."""
CAPITALS, SMALL = "A-ZÀ-Þ", "a-zß-ÿ"


def _continuation(encoding: str, without: str = "") -> str:
    """Write a character class of the continuation bytes in an encoding, or else in Latin-1."""
    read = CONTINUATION_BYTES.decode(encoding, "ignore")
    kept = "".join(c for c in read if c not in f"{without}\xa0\xad")
    return rf"[\x80-\x9f\xad{kept}]"


WINDOWS = (
    f"[ÂÃ]{_continuation('cp1252', AFTER_A_WORD)}",
    f"[ÄÅ]{_continuation('cp1252', f'{AFTER_A_WORD}°¹²³')}",
    f"(?:^|[^{CAPITALS}])[ÂÃ][{AFTER_A_WORD}]|[ÂÃ][”»›™®][{SMALL}]",
    f"[{SMALL}][ÄÅ][{AFTER_A_WORD}°¹²³]",
    r"Ì[\x80-\x9f€‚ƒˆŠŒ§¨]|â[\x80-\x9f€‚„†ˆ‰]|ï»¿|ï¿½",
)
MAC_ROMAN = (
    f"[¬√ƒ]{_continuation('mac_roman')}",
    "≈[ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûüßÆØæøªº°†•∫Ω]",
    f"[{SMALL}](?:Ã[ÄÅÇÉàäåß]|≈±)",
    f"‚{_continuation('mac_roman')}{{2}}|Ôªø|ÔøΩ",
)
DOS = tuple(
    f"[┬├─┼]{behind}|{of_three}{behind}"
    for behind, of_three in (
        (_continuation("cp437"), "Γ[Çéäö]"),
        (_continuation("cp850"), "Ô[Çéäö]"),
    )
)
OTHERS = (
    # UTF-8 of Greek and Cyrillic. Letters may follow these letters in correct text; signs do not.
    f"[ÎÏÐÑ]{_continuation('cp1252', f'{AFTER_A_WORD}ŠšŒœŽžŸƒªºµ')}",
    # Control characters.
    r"[\x80-\x84\x86-\x9f]",
    # One character for one: capitals behind small letters, signs between them.
    # Not behind one small letter alone: Irish has hÉireann, Scotland McÉ….
    f"[{SMALL}]{{2}}[À-ÖØ-ÞŠŽŸ]|[A-Z][abd-zß-ÿ][À-ÖØ-ÞŠŽŸ][{SMALL}]",
    f"[{SMALL}][‡‰ˆ†›¸˙˝˛˘˚¯\uf8ffƒΘΦαΩ⌠±ⁿ÷Στφ≤‚¤„¡¢][{SMALL}]|[{SMALL}]{{2}}[†°£§º][{SMALL}]",
    MIXED_WORDS,
)


def _find_words(encoding: str, rows: range) -> str:
    """Write a pattern for words of another alphabet, whose letters are in rows of a code page.

    Args:
        encoding: in which the words were read.
        rows: of 16 characters each.
    """
    read = [bytes(range(16 * row, 16 * row + 16)).decode(encoding) for row in rows]
    first, second = ("".join(read[half::2]) for half in (0, 1))
    letter, between = f"[{first}{second}]", f"[{first}][{second}][{first}]"
    return f"{letter}{{2}}{between}|{letter}{between}{letter}|{between}{letter}{{2}}"


# The rows C and D of Mac Roman have quotes and dashes.
ALPHABETS = (_find_words("cp1252", range(0xC, 0x10)), _find_words("mac_roman", range(0xE, 0x10)))
MOJIBAKE = "|".join((*WINDOWS, *MAC_ROMAN, *DOS, *OTHERS, *ALPHABETS, "\ufffd"))
"""Finds text that was read with the wrong encoding, and the replacement character.

It has no `$`, no `\\w` and no lookahead: with them pandas uses Python's regex engine instead of
Arrow's and takes 80 times as long.
"""
