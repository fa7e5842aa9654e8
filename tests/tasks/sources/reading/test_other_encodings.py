"""What is advised for a file in an encoding that is not named."""

from __future__ import annotations

import re

import pytest

from tasks.configuration.errors import SourceError
from tests.tasks.sources.reading.tables import read_bytes

FRENCH = "Un vin très équilibré, aux arômes de fruits. À déguster dès aujourd'hui."
RUSSIAN = "Прекрасное вино с насыщенным вкусом и ароматом красных ягод."
WESTERN = {
    "French": ("cp1252", FRENCH, "très équilibré arômes À"),
    "German": (
        "cp1252",
        "Würzige Säure, süß; für größere Gesellschaften genießbar.",
        "Würzige Säure süß größere",
    ),
    "Spanish": (
        "cp1252",
        "El año pasado estaba mejor, pero aún así es bueno. ¡Qué sabor!",
        "año aún así ¡Qué",
    ),
    "English": (
        "cp1252",
        "The wine’s nose is fresh – “great” value, says the château…",
        "wine’s – “great” château…",
    ),
    "Icelandic": (
        "cp1252",
        "Þetta vín er mjög gott, íþróttir og þétt bragð; það er nýtt.",
        "Þetta vín mjög íþróttir þétt",
    ),
    "on a Mac": ("mac-roman", FRENCH, "très équilibré arômes À"),
}
WITHOUT_AN_OPTION = {
    "Polish": ("cp1250", "Świeże, głębokie wino; końcówka długa, choć cena jest wyższa."),
    "Czech": ("cp1250", "Velmi příjemné víno s vůní květů. Příště koupím znovu."),
    "Turkish": ("cp1254", "Çok güzel bir şarap, hoş ve yumuşak. Fiyatı biraz yüksek."),
    "French of DOS": ("cp437", FRENCH.replace("À", "")),
}
OTHER_ALPHABETS = {
    "Russian": ("cp1251", RUSSIAN),
    "Russian of Unix": ("koi8-r", RUSSIAN),
    "Greek": ("cp1253", "Ένα πολύ καλό κρασί με πλούσιο άρωμα και γεμάτη γεύση."),
    "Hebrew": ("cp1255", "יין נפלא עם טעם עשיר וארומה של פירות אדומים"),
    "Japanese": ("shift_jis", "このワインは香りがとても豊かで、果実味があり、余韻も長いです。"),
    "Chinese": ("gb18030", "这款葡萄酒香气浓郁，口感柔和，余味悠长，非常值得推荐。"),
    "Korean": ("euc_kr", "이 와인은 향이 매우 풍부하고 과일 맛이 좋으며 여운이 깁니다."),
}


def refuse(content: bytes, **options: str) -> str:
    with pytest.raises(SourceError) as caught:
        read_bytes(content, **options)
    said = str(caught.value)
    assert len(said) < 300
    return said


def table_of(text: str) -> str:
    english = "This is a long review in English, which is much longer than the others in this file."
    return f"id,text,points\n1,{english},4\n" + f'2,"{text}",5\n' * 20


@pytest.mark.parametrize("language", WESTERN)
def test_western_text_is_advised_the_encoding_that_fits(language: str) -> None:
    encoding, text, words = WESTERN[language]
    said = refuse(table_of(text).encode(encoding))
    assert re.search(f'With --ingest.encoding {encoding} it reads "{words}": add it if that', said)
    assert said.count("--ingest") == 1
    assert text in str(read_bytes(table_of(text).encode(encoding), encoding=encoding).rows)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("language", WITHOUT_AN_OPTION)
def test_no_option_is_advised_that_alters_letters(language: str, encoding: str) -> None:
    written, text = WITHOUT_AN_OPTION[language]
    said = refuse(table_of(f"{text} \x81").encode(written, "ignore") + b"\x81", encoding=encoding)
    assert "The letters look like an encoding without an option, such as one of central" in said
    assert "--ingest" not in said


@pytest.mark.parametrize("language", OTHER_ALPHABETS)
def test_text_in_another_alphabet_is_advised_to_be_saved_anew(language: str) -> None:
    encoding, text = OTHER_ALPHABETS[language]
    said = refuse(table_of(text).encode(encoding))
    assert "in another alphabet, such as Cyrillic or Japanese; save the file as UTF-8 (in" in said
    assert "cp1252" not in said


@pytest.mark.parametrize("text", [FRENCH, RUSSIAN])
def test_a_damaged_byte_in_utf_8_is_no_other_encoding(text: str) -> None:
    said = refuse(table_of(text).encode() + b"3,a ros\xe9t,5\n")
    assert said.endswith("is, so the file is damaged, or mixes encodings; get it again")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman"])
@pytest.mark.parametrize("language", ["German", "Polish", "Russian", "Hebrew", "Japanese"])
def test_utf_8_is_not_read_in_another_encoding(language: str, encoding: str) -> None:
    text = {**WESTERN, **WITHOUT_AN_OPTION, **OTHER_ALPHABETS}[language][1]
    # The beginning that is looked at ends within a character.
    long = table_of(text).encode() + b"3,x,5\n" * 2**17 + f'4,"{text * 20_000}",5\n'.encode()
    for content in (table_of(text).encode(), long):
        said = refuse(content, encoding=encoding)
        assert said == (
            f"the text is UTF-8, but --ingest.encoding is {encoding}; leave out --ingest.encoding"
        )


def test_three_different_accents_in_utf_8_are_no_chance() -> None:
    assert refuse("text,points\né à ü,5\n".encode(), encoding="cp1252").startswith("the text is")


def test_a_name_that_is_valid_utf_8_by_chance_is_read_as_it_was_written() -> None:
    rows = read_bytes("text,points\nNESCAFÉ™ VITÉ®,5\n".encode("cp1252"), encoding="cp1252").rows
    assert rows == [["NESCAFÉ™ VITÉ®", "5"]]


def test_a_hungarian_sees_the_letters_that_are_wrong() -> None:
    said = refuse(table_of("Nagyon jó, tükörfúró, ő és fűszer").encode("cp1250"))
    assert 'With --ingest.encoding cp1252 it reads "jó tükörfúró õ és fûszer": add it if' in said


def test_another_encoding_that_does_not_fit_either_leaves_utf_8() -> None:
    said = refuse(b"id,text\n1,ros\x81\n", encoding="cp1252")
    assert said.endswith("Turkey or DOS; save the file as UTF-8 in the program that wrote it")
    said = refuse(b"id,text\n1,\x81lan\n", encoding="cp1252")
    assert said.endswith(
        'With --ingest.encoding mac-roman it reads "Ålan": add it if that is right, or save the'
        " file as UTF-8"
    )
    said = refuse(table_of(OTHER_ALPHABETS["Japanese"][1]).encode("shift_jis"), encoding="cp1252")
    assert "in another alphabet" in said
