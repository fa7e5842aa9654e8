"""A pattern for words whose letters no language has together.

An encoding of central Europe, Turkey or the Baltic that is read as the western Windows-1252 or
Latin-1 turns one letter into another: Czech `příště` becomes `pøíštì`, Turkish `değişik` becomes
`deðiþik`. Each of these letters is right in some language, but not beside the others.

The pattern cannot find a word with one such letter where it may stand, as in `preporuèujem` for
`preporučujem`, nor a short name such as `Þarap`. Most texts of some sentences have a word that is
found; fewer have one in Croatian, Hungarian, Lithuanian and Romanian.
"""

from __future__ import annotations

LETTERS = "a-zß-ÿšžœ"
"""Small letters of Windows-1252; a pattern of a class of characters."""
TOGETHER = (
    # Romance and Celtic languages, also with accents that people confuse.
    "àáâãçèéêëìíîïñòóôõùúûüÿœæ",
    # Germanic, Finnic and Albanian, with words from French: Rhônetäler, rosévinsgrød.
    "äöüßåæøõšžáóéèêëïôâçàîûñ",
    # Icelandic and Faroese.
    "áéíóúýðþæöø",
    # Czech and Slovak.
    "áäéíóôöúýšž",
    # Turkmen and Guarani.
    "äçöüýžñãõáéíóú",
)
"""Letters beyond ASCII in Windows-1252 that may stand in one word."""


def _find_strangers() -> list[str]:
    """Write patterns for two letters in one word that no language has together."""
    letters = "".join(sorted({*"".join(TOGETHER)}))
    patterns = []
    for letter in letters:
        known = "".join(group for group in TOGETHER if letter in group)
        if strangers := "".join(other for other in letters if other not in known):
            patterns.append(f"{letter}[{LETTERS}]*[{strangers}]")
    return patterns


MIXED_WORDS = "|".join(
    (
        *_find_strangers(),
        # Czech ří, and č at the beginning; Croatian ć there and between vowels; Baltic š.
        f"øí| è[aeou][{LETTERS}]| æ[eu]|[aeiou]æ[aeiou]| ð[a-z]",
        # Turkish ş before a consonant or at the end, dotless i in two syllables or behind ğ.
        # In Icelandic þ begins a syllable; Czech has two ý around other consonants: rýnský.
        f"[{LETTERS}]þ[bcdfghklmnpqstxzç .,;:!?)]|ðý|ý[clmnrzþ]ý",
        # Romanian și.
        " ºi ",
        # Hungarian ő at the end of a longer word; in Portuguese a letter follows õ.
        "[aeiouáéíóõöúûü][bcdfghjklmnprstvz]{1,3}õ[ .,;:!?)]",
        # Polish ł, ż, ą and Czech ž, š in Windows-1250 and ISO 8859-2.
        f"[{LETTERS}][¹³¾¿µ¶][{LETTERS}]",
    )
)
"""Finds words that were written in another encoding of one byte per letter than they were read."""
