"""What is found of text that was read in a wrong encoding, and that sound text holds none of it."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_contracts.alphabets import TOGETHER
from data_contracts.contract import load_contract
from data_contracts.encodings import MOJIBAKE
from tests.data_contracts.contract_document import RULES

STRINGS = [f.name for f in load_contract().schema if f.type == pa.string()]
DOS = ("cp437", "cp850")
ENCODINGS = ("cp1252", "latin-1", "mac_roman", *DOS)
ACCENTED = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßăąćčďęěğıłńňőřśşšťůűźżžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ"
SIGNS = "’‘“”–—…•€™°º½«»£®"


def is_found(text: str) -> bool:
    found = bool(pc.match_substring_regex(pa.scalar(text), MOJIBAKE).as_py())
    assert found == (re.search(MOJIBAKE, text) is not None), "two engines differ"
    return found


def misread(text: str, encoding: str) -> str:
    """Read UTF-8 in a wrong encoding, as browsers do where it has no character for a byte."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_was_read_in_a_wrong_encoding_is_found(encoding: str) -> None:
    written = [f"a ros{letter}t wine" for letter in ACCENTED.lower()]
    written += [f"R{letter}serve" for letter in "áâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"]
    written += [f"a wine, {letter}lan" for letter in ACCENTED if letter.isupper()]
    written += [f"It{sign} 5" for sign in SIGNS]
    once = [misread(text, encoding) for text in written]
    assert [text for text in once if not is_found(text)] == []
    twice = [misread(text, encoding) for text in once]
    assert [text for text in twice if not is_found(text)] == []


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac_roman"])
def test_what_was_read_in_two_wrong_encodings_is_found(encoding: str) -> None:
    twice = [misread(misread(f"ros{c}t", encoding), "cp1252") for c in ACCENTED.lower()]
    assert [text for text in twice if not is_found(text)] == []


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("letter", "éàâñöç")
def test_accents_that_a_mac_wrote_apart_are_found(letter: str, encoding: str) -> None:
    assert is_found(misread(unicodedata.normalize("NFD", f"ros{letter} wine"), encoding))


@pytest.mark.parametrize(
    "text",
    [
        "Rosé, crème brûlée, São João, Grüner, Mâcon, Ștefan, Škoda, Łódź, Ångström.",
        "SÃO PAULO, AVELÃ, “AVELÃ”, «AVELÃ», AVELÃ’s, AVELÃ… AVELÃ—ROMÃ, ROMÃ\xa0E AVELÃ™, AVELÃ®",
        "3 Å², 20 Å, BLÅ²",
        "CAFÉ’S «CAFÉ», BLÅ… BLÅ” HYVÄ” 20 Å, Å, Ä",
        "√ √2 √ 16 ¬ ¬a ƒ ƒ(x) ≈ ≈£20 ≈¥5 ≈±2 ‚ ‚so‘ ‚Ärger‘ „Ärger“ Ã Â Â. Ã, Â ",
        "It’s 5° – “good” — 12½ €20, 10 £ ™ ® © ½ ¼ • … ñ Ñ",
        "Vinho da irmã, maçã” e pão… ├── └── ─ ΓΔ ÔÇA",
        "Sööööööß, schäääääd, jäääääär, nãããããão, ÉÉÉÉÉÉÉ, ŠŠŠŠ, íþróttir, naïvetéés, äöü, éèêëàâç",
        "Λευκός Οίνος, красное вино, ワイン, ღვინო, יין",
    ],
)
def test_sound_text_is_let_be(text: str) -> None:
    assert not is_found(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [("mac_roman", "cp1252"), ("mac_roman", "latin-1"), ("cp1252", "mac_roman")]
    + [("cp1252", dos) for dos in DOS]
    + [("cp850", "cp1252")],
)
def test_one_byte_read_as_another_is_found_in_the_words_of_reviews(written: str, read: str) -> None:
    words = ["a rosé wine", "the Châteaux", "crème brûlée", "a very dry Gewürztraminer, gewürzt"]
    found = [is_found(word.encode(written).decode(read, "replace")) for word in words]
    # Not every word is: what became a small letter or a sign may be meant.
    assert any(found)


@pytest.mark.parametrize("text", ["jeg køber den røde til påske", "en kølig aften", "blåbær"])
@pytest.mark.parametrize("written", ["cp850", "cp865"])
def test_danish_from_dos_that_was_read_as_windows_is_found(text: str, written: str) -> None:
    assert is_found(text.encode(written).decode("cp1252", "replace"))


@pytest.mark.parametrize("text", ["красное вино", "Οίνος"])
def test_other_alphabets_that_were_read_as_windows_are_found(text: str) -> None:
    assert is_found(misread(text, "cp1252"))


WORDS = {
    "cp1251": "Прекрасное вино с насыщенным вкусом и ароматом красных ягод",
    "koi8-r": "Прекрасное вино с насыщенным вкусом и ароматом красных ягод",
    "cp1253": "Ένα πολύ καλό κρασί με πλούσιο άρωμα και γεμάτη γεύση",
    "cp1255": "יין נפלא עם טעם עשיר וארומה של פירות אדומים",
    "gb18030": "这款葡萄酒香气浓郁，口感柔和，余味悠长，非常值得推荐",
    "euc_kr": "이 와인은 향이 매우 풍부하고 과일 맛이 좋으며 여운이 깁니다",
}


@pytest.mark.parametrize("written", WORDS)
def test_other_alphabets_with_a_code_page_of_their_own_are_found(written: str) -> None:
    assert is_found(WORDS[written].encode(written).decode("cp1252"))
    assert not is_found(WORDS[written])


@pytest.mark.parametrize("written", ["cp1251", "cp1255", "gb18030"])
def test_other_alphabets_that_were_read_as_mac_roman_are_found(written: str) -> None:
    assert is_found(WORDS[written].encode(written).decode("mac_roman"))


SOUND = [
    "Un vin équilibré, où l'on goûte dès aujourd'hui. Ça déçoit: naïf, œuvre, L'Haÿ-les-Roses.",
    "Ein süßer Grüner Veltliner aus Würzburg, größer als Rhônetäler Weine, crèmeähnlich, Cuvéesüß.",
    "El año pasado aún así, ¡qué sabor! Cariñena, pingüino, tapón; jalapèño y crème brûlée.",
    "Não gostei: emoções, maçã, irmã, pão às pessoas, avô e avó, Mencía, vinho do Dão.",
    "È più buono, perché così la qualità c'è già; Forlì, virtù, ciò. Adèo, Philèo, caffè.",
    "En sød rødvin, blåbær, østers og rosévinsgrød, naïv Citroën, vinøre på søen.",
    "Ett vin på krogen, körsbär, châteauägaren, idéer; Roséä ja šakki, õunane jõuluõhtul žürii.",
    "Þetta vín er mjög þétt bragð, íþróttir, Þýskur, nýr árgangur, öðruvísi, lýðræði, Alþingi.",
    "Føroyskt øl við góðum smakki, íløgan er nýggj; na hÉireann; McÉlroy; glè mhath, Sgìtheanach.",
    "Financiële coëfficiënt, geërgerd, één; Penedès, Això, col·lecció, verë shumë, çmim, 5 µm, m³.",
    "Ryzlink rýnský je příjemný, svěží, výborný poměr; Čerešňa, zážitok, veľmi; Świeże wino.",
    "Çok güzel, değişik, kırmızı, şişe; hosszú, kitűnő, gyümölcsös; gözel türkmençe ýaş; ačiū.",
    "Preţul şi maşină și față, încercat; Żółć, łąka; također voćno, još ću; 25 ºC, 1º, nº 5.",
]
MISREAD = {
    "Czech": ("cp1250", "Velmi příjemné víno s vůní květů. Příště koupím znovu."),
    "Slovak": ("cp1250", "Chutné víno s čerešňami, čokoláda, príjemný zážitok."),
    "Polish": ("cp1250", "Długa końcówka, choć cena jest wyższa."),
    "Hungarian": ("cp1250", "Egri bikavér: hosszú lecsengésű, kitűnő."),
    "Croatian": ("cp1250", "Malo skupo, ali još ću ga kupiti, braćo."),
    "Romanian": ("cp1250", "Arome de fructe şi preţul bun."),
    "Turkish": ("cp1254", "Beğenmedim, çok ekşi ve ağır, hoş bir koku."),
    "Lithuanian": ("cp1257", "Labai skanus vynas, šiek tiek rūgštus."),
    "Latvian": ("cp1257", "Ļoti garšīgs vīns, ar ogu aromātu."),
    "Czech of Unix": ("iso8859_2", "Ryzlink je svěží, už ne."),
}


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_of_many_languages_is_let_be(text: str) -> None:
    assert not is_found(text)


@pytest.mark.parametrize("read", ["cp1252", "latin-1", "mac_roman"])
@pytest.mark.parametrize("language", MISREAD)
def test_languages_of_other_code_pages_are_found(language: str, read: str) -> None:
    written, text = MISREAD[language]
    assert is_found(text.encode(written).decode(read, "replace"))
    assert not is_found(text)


@pytest.mark.parametrize(
    "text",
    ["pøítel", "èekal", "æu", "voæe", "ðiek", "hoþ.", "baþka", "aðýz", "kýrýk", "ºi", "kitûnõ."],
)
def test_each_sign_of_a_code_page_is_found_alone(text: str) -> None:
    assert is_found(f"x {text} x")


@pytest.mark.parametrize("written", ["cp437", "cp850"])
def test_a_dos_code_page_that_is_read_as_mac_roman_is_found(written: str) -> None:
    for word in ("rosé wine", "Château", "Grüner", "Albariño", "Gewürztraminer"):
        assert is_found(f"A {word}.".encode(written).decode("mac_roman")), word


@given(
    st.sampled_from(TOGETHER).flatmap(
        lambda group: st.text(
            st.sampled_from(f"sb Sb.,{re.sub('[ðþø]', '', group)}ČČŠŽÀÉÖ"), max_size=30
        )
    )
)
def test_accents_of_one_alphabet_are_let_be(text: str) -> None:
    # No word goes on in capitals.
    assume(not re.search(r"[^\W\d_A-ZÀ-Þ]{2}[À-ÞŠŽ]|[A-Z][^\W\d_A-Z][À-ÞŠŽ]", text))
    # No word has five in a row.
    text = re.sub(r"([À-ÿ]{4})", r"\1 ", text)
    assert not is_found(text)


def test_pandas_searches_with_the_engine_of_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pd.Series(["a rosŽ wine", "It’s\nsound"], dtype="str")
    searched: list[str] = []
    search = pc.match_substring_regex

    def note(*arguments: object, **options: object) -> object:
        searched.append("Arrow")
        return search(*arguments, **options)

    monkeypatch.setattr(pc, "match_substring_regex", note)
    assert texts.str.contains(MOJIBAKE).tolist() == [True, False]
    assert searched == ["Arrow"]


def test_each_column_of_strings_has_its_rules() -> None:
    assert len(STRINGS) == 11
    for name in STRINGS:
        severity = "critical" if name == "description" else "warning"
        assert RULES[f"{name}_mojibake"].severity == severity
    throughout = {name for name in STRINGS if f"{name}_misread" in RULES}
    assert throughout == {*STRINGS} - {"description"}
    assert all(RULES[f"{name}_misread"].severity == "critical" for name in throughout)
