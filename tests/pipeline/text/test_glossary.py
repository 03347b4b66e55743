"""Settled words: what people write down, and names that subtitles give away."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import GlossaryError, SettingsError
from pipeline.text import glossary
from pipeline.text.glossary import Entry
from pipeline.values.film_context import Term
from pipeline.values.pronunciation import Pronunciation

TEXT = """# the north
es: Winterfell = Invernalia
Jon Snow

pt-BR: The Wall = A Muralha
note: this = that
"""


def test_a_line_is_a_term_for_one_language_or_for_all() -> None:
    assert glossary.parse_glossary(TEXT) == (
        Entry("Winterfell", "Invernalia", "es"),
        Entry("Jon Snow", "Jon Snow"),
        Entry("The Wall", "A Muralha", "pt-BR"),
        Entry("note: this", "that"),
    )


def test_a_language_gets_its_own_terms_and_those_for_all() -> None:
    entries = glossary.parse_glossary(TEXT)
    assert glossary.select_terms(entries, "es-MX") == (
        Term("Winterfell", "Invernalia"),
        Term("Jon Snow", "Jon Snow"),
        Term("note: this", "that"),
    )
    assert Term("The Wall", "A Muralha") in glossary.select_terms(entries, "pt")


@given(st.text(st.sampled_from('ab =[]":#\n\r\t\x1bʃˈʘ\u202e\ud800') | st.characters(), max_size=200))
def test_any_text_is_read_or_refused_with_the_numbers_of_its_lines(text: str) -> None:
    refused, entries = (), ()
    try:
        entries = glossary.parse_glossary(text)
    except GlossaryError as error:
        refused = error.problems
    assert all(problem.startswith("line ") for problem in refused)
    glossary.select_terms(entries, "es")
    glossary.select_pronunciations(entries, "es").list_used(text)


WORDS = st.text(st.sampled_from("abcñé' -"), min_size=1, max_size=20).map(str.strip).filter(bool)
SOUNDS = st.text(st.sampled_from("abeioʃβˈ"), min_size=1, max_size=20).filter(lambda text: text.strip("ˈ"))
LETTERS = st.text(st.sampled_from("abcñé"), min_size=1, max_size=20)


@given(WORDS, WORDS, SOUNDS, LETTERS, st.booleans(), st.sampled_from(["", "es: ", "pt-BR: "]))
def test_what_is_written_by_the_rules_is_what_is_read(
    source: str, target: str, ipa: str, respelling: str, ipa_first: bool, tag: str
) -> None:
    parts = [f"[{ipa}]", f'"{respelling}"']
    text = f"{tag}{source} = {target} {' '.join(parts if ipa_first else parts[::-1])}"
    (entry,) = glossary.parse_glossary(text)
    assert (entry.source, entry.target, entry.language) == (source, target, tag.rstrip(": ") or None)
    assert entry.pronunciation == Pronunciation(target, ipa, respelling)


def test_a_pronunciation_belongs_to_the_translation_or_to_the_term_alone() -> None:
    text = 'es: Siobhan = Siobana [sioˈβana]\nes: Xhosa "Josa"\nHermione = Hermione "Jermíone" [eɾˈmjone]'
    assert glossary.parse_glossary(text) == (
        Entry("Siobhan", "Siobana", "es", Pronunciation("Siobana", "sioˈβana")),
        Entry("Xhosa", "Xhosa", "es", Pronunciation("Xhosa", respelling="Josa"), is_translation=False),
        Entry("Hermione", "Hermione", None, Pronunciation("Hermione", "eɾˈmjone", "Jermíone")),
    )
    entries = glossary.parse_glossary(text)
    assert [term.source for term in glossary.select_terms(entries, "es")] == ["Siobhan", "Hermione"]
    assert glossary.build_prompt(entries, ()) == "Siobhan, Hermione", "a pronunciation alone changes nothing but the sound"
    assert [each.term for each in glossary.select_pronunciations(entries, "pt").list_used("Xhosa Hermione")] == ["Hermione"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Siobhan [ʃi", "a square bracket is not closed"),
        ("Siobhan [ʃi] = Chi", "a square bracket is not closed, or is not at the end"),
        ('Siobhan = Siobhan "Chi', "a double quote is not closed"),
        ("Siobhan [ʘa]", r"no voice knows the IPA symbol ʘ \(LATIN LETTER BILABIAL CLICK\); write the nearest sound"),
        ("Siobhan []", "there is no IPA between"),
        ('Siobhan "…"', "there are no letters between"),
        ("Siobhan [a] [b]", "two pronunciations"),
        ('Siobhan "a" "b"', "two respellings"),
        ("= Chivón", "there is no term before the ="),
        ("es: [a]", "there is no term before the ="),
        ("Siobhan = [a]", "there is no translation behind the ="),
        ("a" * 101, "has 101 characters, over 100; shorten it"),
        (f"b [{'a' * 101}]", "has 101 characters, over 100; shorten it"),
        ("Sio\x1bbhan", r"control character U\+001B"),
        ("Sio\u202ebhan", r"control character U\+202E"),
    ],
)
def test_a_malformed_line_is_told_with_its_number_and_the_way_out(line: str, problem: str) -> None:
    with pytest.raises(GlossaryError, match=f"line 3: .*{problem}"):
        glossary.parse_glossary(f"# names\r\nJon\r\n{line}\r\nWinterfell")


def test_problems_are_told_together_and_only_so_many_of_them() -> None:
    with pytest.raises(GlossaryError) as two:
        glossary.parse_glossary("[\nJon\n]")
    assert [problem[:7] for problem in two.value.problems] == ["line 1:", "line 3:"]
    with pytest.raises(GlossaryError) as many:
        glossary.parse_glossary("[\n" * 1000)
    assert len(many.value.problems) == glossary.MAX_TOLD_PROBLEMS + 1


@pytest.mark.parametrize("text", ["[" * 500_000, '"' * 500_000, "a" + " " * 500_000 + "b", "a = " * 200_000, "[a]" * 200_000])
def test_a_hostile_line_is_refused_at_once(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(GlossaryError, match="line 1"):
        glossary.parse_glossary(text)
    assert time.process_time() - begun < 2.0


def test_a_glossary_has_bounds() -> None:
    with pytest.raises(GlossaryError, match="line 10001: there are more than 10000 terms"):
        glossary.parse_glossary("\n".join(f"a{n}" for n in range(20_000)))
    with pytest.raises(GlossaryError, match="larger than 1 MiB"):
        glossary.parse_glossary("é" * (1 << 19) + "a")


def test_a_tasks_entry_counts_before_the_librarys_of_its_term_and_language() -> None:
    library = glossary.parse_glossary('es: Jon = Juan [xwan]\nJon "Yon"\nes: Wall = Muro\nNed')
    own = glossary.parse_glossary("es: Jon [ɟon]\nNed = Eduardo")
    merged = glossary.merge_glossaries(library, own)
    assert merged == (
        Entry("Jon", "Juan", "es"),
        Entry("Jon", "Jon", None, Pronunciation("Jon", respelling="Yon"), is_translation=False),
        Entry("Wall", "Muro", "es"),
        *own,
    )
    assert glossary.select_pronunciations(merged, "es").list_used("Jon") == (Pronunciation("Jon", "ɟon"),)
    assert glossary.select_pronunciations(merged, "pt").list_used("Jon") == (Pronunciation("Jon", respelling="Yon"),)


def test_a_malformed_file_is_told_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("Jon\nJon [ʘ]\n")
    with pytest.raises(SettingsError, match="GLOSSARY=.*line 2: no voice knows"):
        glossary.read_glossary(tmp_path / "terms.txt")


def test_a_glossary_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert glossary.read_glossary(None) == ()
    with pytest.raises(SettingsError, match="GLOSSARY=.*cannot be read"):
        glossary.read_glossary(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SettingsError, match="GLOSSARY=.*UTF-8"):
        glossary.read_glossary(tmp_path / "latin.txt")


def test_names_are_capitals_inside_sentences_that_come_back() -> None:
    texts = ["Y luego Daenerys vio a Jon.\nNadie sabe, Daenerys.", "Mira a Jon", "Hola a TODOS. Y a TODOS", "Un Rey"]
    assert glossary.find_names(texts) == ("Daenerys", "Jon")


def test_the_prompt_names_each_once_settled_terms_first() -> None:
    assert glossary.build_prompt((Entry("Jon", "Jon"), Entry("Wall", "Muro")), ("Daenerys", "Jon")) == "Jon, Wall, Daenerys"
    assert glossary.build_prompt((), ()) == ""
