"""Rules over whole subtitle files: what nobody says is removed and counted, and nothing else is."""

from itertools import count

import pytest

from pipeline.text.cleaning.clean import clean_texts
from pipeline.text.cleaning.markup import strip_markup
from pipeline.text.cleaning.timed_text import Removals, TimedText

PLAIN = (
    "Good morning.",
    "I know.",
    "Did you call?",
    "Yes, he will wait.",
    "Then all is ready.",
    "Shall we go?",
    "Not yet.",
    "Come in.",
    "I am here.",
)


def guess(text: str) -> str | None:
    return "zh" if "火" in text else "es" if "mañana" in text else "en"


def clean(*shown: str, language: str | None = "en") -> tuple[list[str], dict[str, int]]:
    removals = Removals()
    texts = [TimedText(2.0 * n, 2.0 * n + 1.5, strip_markup(text)) for n, text in zip(count(), shown)]
    return [text.text for text in clean_texts(texts, removals, language=language, guess=guess)], dict(removals.counts)


def test_plain_dialogue_is_left_as_it_is() -> None:
    assert clean(*PLAIN) == (list(PLAIN), {})


@pytest.mark.parametrize(
    "credit",
    [
        "Subtitles by somebody",
        "Synced and corrected by MrX",
        "Sync & corrections by honeybunny\nwww.addic7ed.com",
        "www.example.com",
        "Support us and become a VIP member\nto remove all ads from OpenSubtitles.org",
        "Subtítulos de Fulano",
        "Sous-titres par Untel",
        "Traduzione: Tizio e Caio",
        "Legendas por Fulano",
        "Untertitel von Max",
    ],
)
@pytest.mark.parametrize("at", [0, -1])
def test_credits_at_the_ends_are_removed(credit: str, at: int) -> None:
    shown = (credit, *PLAIN) if at == 0 else (*PLAIN, credit)
    assert clean(*shown) == (list(PLAIN), {"credits of the subtitle's makers": 1})


@pytest.mark.parametrize(
    "speech",
    [
        "I saw it on www.oldmaps.com.",
        "The judge corrected the record by hand.",
        "Subtitles by themselves teach nobody.",
        "The captions by the door are wrong.",
        "He translated it by himself.",
        "Visit www.example.com today.",
    ],
)
def test_dialogue_that_sounds_like_a_credit_stays(speech: str) -> None:
    for shown in ((speech, *PLAIN), (*PLAIN, speech)):
        assert clean(*shown) == (list(shown), {})


def test_names_stay_in_a_file_in_capitals() -> None:
    shown = ("I HAVE ONE RULE:\nNEVER LIE TO ME.", "HERE IS THE TRUTH: I TOOK IT.", "YOU HAVE TWO CHOICES: RUN OR STAY.", "GO!")
    assert clean(*shown) == (list(shown), {})


def test_labels_that_come_back_are_removed_in_a_file_in_capitals() -> None:
    assert clean("JOHN: COME IN.", "MARY: NO.", "JOHN: WHY?", "MARY: WAIT.", "ONE RULE: RUN.")[0] == [
        "COME IN.",
        "NO.",
        "WHY?",
        "WAIT.",
        "ONE RULE: RUN.",
    ]


def test_labels_are_removed_where_the_file_writes_them() -> None:
    assert clean("JOHN: Come in.", "- MR. O'NEIL: Well.\n- ÉVA: No.", "NARRATOR:\nLong ago", "Remember: never.")[0] == [
        "Come in.",
        "- Well.\n- No.",
        "Long ago",
        "Remember: never.",
    ]


@pytest.mark.parametrize("speech", ["NASA: we have a problem.", "P.S.: I love you.", "He said (and I agree) that it ends."])
def test_what_looks_like_a_label_or_a_sound_once_stays(speech: str) -> None:
    assert clean(speech, *PLAIN)[0][0] == speech


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("<i>Hello</i> <font color='red'>there</font>", "Hello there"),
        (r"{\an8}Up {\b1}here", "Up here"),
        ("Tom &amp; Jerry &lt;i&gt;ran&lt;/i&gt;", "Tom & Jerry ran"),
        ("[door\nslams] Who is it?", "Who is it?"),
        ("(sighs) I know. (he\nweeps)", "I know."),
        ("She said ♪ la ♪ and left.", "She said and left."),
        ("It is 10:30 now.", "It is 10:30 now."),
        (">> And now the news.", "- And now the news."),
        ("Hi\u200b\u202e there\ufeff", "Hi there"),
        ("42", "42"),
    ],
)
def test_markup_sounds_and_lyrics_are_removed(shown: str, said: str) -> None:
    assert clean(*PLAIN[:4], shown, *PLAIN[4:])[0][4] == said


@pytest.mark.parametrize("shown", ["[door slams]", "♪ la la\nla la ♪", "♪ all alone", "# la la la #", "- ...", "(SIGHS)"])
def test_cues_without_speech_are_left_out(shown: str) -> None:
    assert clean(*PLAIN[:4], shown, *PLAIN[4:])[0] == list(PLAIN)


def test_rolling_captions_are_said_once_at_their_first_time() -> None:
    removals = Removals()
    rows = ["good morning the train", "leaves at noon", "i know my suitcase is", "already packed"]
    texts = [TimedText(0.0, 1.0, rows[0])]
    for n in range(1, 4):
        texts += [TimedText(n - 0.01, n, rows[n - 1]), TimedText(n, n + 1.0, f"{rows[n - 1]}\n{rows[n]}")]
    cleaned = clean_texts(texts, removals, language="en", guess=guess)
    assert [(text.text, text.start_s) for text in cleaned] == [(row, float(n)) for n, row in enumerate(rows)]
    assert removals.counts["repetitions of rolling captions"]


def test_a_repeated_line_stays_where_captions_do_not_roll() -> None:
    assert clean("No.", "No.", *PLAIN)[0] == ["No.", "No.", *PLAIN]


def test_a_bilingual_file_keeps_its_own_language() -> None:
    shown = [f"{line}\n火车中午出发 {n}" for n, line in enumerate(PLAIN)]
    assert clean(*shown)[0] == list(PLAIN)
    latin = [f"{line}\nbuenos días, mañana {n}" for n, line in enumerate(PLAIN)]
    assert clean(*latin)[0] == list(PLAIN)
    assert clean(*latin, language="es")[0] == [f"buenos días, mañana {n}" for n in range(len(PLAIN))]


def test_half_of_the_cues_with_rows_of_another_script_are_enough() -> None:
    shown = [f"{line}\n火车中午出发 {n}" if n % 2 else line for n, line in enumerate(PLAIN)]
    assert clean(*shown) == (list(PLAIN), {"rows in another language": 4})


@pytest.mark.parametrize(
    "credit", ["Υπότιτλοι: Νίκος", "字幕：小明", "ترجمة: أحمد", "Undertexter: Lasse", "Traducido por Fulano"]
)
def test_credits_in_other_scripts_and_languages_are_removed(credit: str) -> None:
    assert clean(credit, *PLAIN) == (list(PLAIN), {"credits of the subtitle's makers": 1})


@pytest.mark.parametrize(
    "speech",
    [
        "She works for OpenSubtitles, I think.",
        "Please rate this wine.",
        "Translated by my father, this book",
        "字幕がありません。",
    ],
)
def test_sentences_about_subtitles_and_sites_stay(speech: str) -> None:
    assert clean(speech, *PLAIN) == ([speech, *PLAIN], {})


def test_rolling_captions_of_three_rows_are_said_once() -> None:
    rows = ["good morning", "the train leaves", "at noon", "i know", "my suitcase", "is packed"]
    assert clean(*("\n".join(rows[max(0, n - 2) : n + 1]) for n in range(6)))[0] == rows


def test_a_bracketed_sentence_is_said_and_a_bracketed_sound_is_not() -> None:
    speech = "(I never told him what you said.)"
    assert clean(*PLAIN, speech, *PLAIN)[0] == [*PLAIN, speech, *PLAIN]
    assert clean(*PLAIN, "(door slams in the distance)", "(THE MAN LAUGHS VERY LOUDLY.)", *PLAIN)[0] == [*PLAIN, *PLAIN]


def test_the_colon_after_a_bracketed_name_goes_with_it() -> None:
    assert clean(*PLAIN, "[BOTH]: Go!", "- (ANN): Now.", *PLAIN)[0] == [*PLAIN, "Go!", "- Now.", *PLAIN]


@pytest.mark.parametrize(("styles", "other"), [(("EN", "ES"), "mañana"), (("", ""), "火车")])
def test_a_second_language_in_events_of_its_own_is_left_out(styles: tuple[str, str], other: str) -> None:
    own = [TimedText(2.0 * n, 2.0 * n + 1.5, line, styles[0]) for n, line in enumerate(PLAIN)]
    others = [TimedText(text.start_s, text.end_s, f"{other} {n}", styles[1]) for n, text in enumerate(own)]
    removals = Removals()
    assert clean_texts([*own, *others], removals, language="en", guess=guess) == own
    assert removals.counts == {"rows in another language": len(PLAIN)}


def test_two_voices_at_once_in_one_language_stay() -> None:
    texts = [TimedText(2.0 * n, 2.0 * n + 1.5, line, style) for n, line in enumerate(PLAIN) for style in ("Top", "Main")]
    assert len(clean_texts(texts, Removals(), language="en", guess=guess)) == len(texts)


def test_a_credit_under_the_last_sentence_is_removed_alone() -> None:
    assert clean(*PLAIN, "Goodbye, my friend.\nSubtitles by Ann") == (
        [*PLAIN, "Goodbye, my friend."],
        {"credits of the subtitle's makers": 1},
    )
    assert clean("It lies there,\ntranslated by Kim.", *PLAIN)[0][0] == "It lies there,\ntranslated by Kim."


def test_a_subtitle_sites_address_is_removed_in_the_middle_and_one_in_a_sentence_stays() -> None:
    assert clean(*PLAIN, "www.OpenSubtitles.org", *PLAIN) == ([*PLAIN, *PLAIN], {"credits of the subtitle's makers": 1})
    for speech in ("I saw it on OpenSubtitles", "Look at www.oldmaps.com"):
        assert clean(*PLAIN, speech, *PLAIN)[0][len(PLAIN)] == speech


def test_names_in_small_letters_are_labels_where_many_cues_begin_with_them() -> None:
    said = ["Come in.", "Thanks.", "Sit down.", "No.", "Fine."]
    shown = [f"{name}: {text}" for name, text in zip(("John", "Mary", "John", "Mary", "John"), said, strict=True)]
    assert clean(*shown, *PLAIN) == ([*said, *PLAIN], {"names of speakers": 5})
    speech = ("Note: bring bread.", "Look: there it is.", "Look: a bird.", "Remember: never lie.", "The answer: nobody.")
    assert clean(*speech, *PLAIN) == ([*speech, *PLAIN], {})


def test_a_word_that_comes_back_before_a_colon_is_speech_in_a_file_in_capitals_without_names() -> None:
    shown = [text.upper() for text in (*PLAIN, "Listen: go.", "Listen: stop.")]
    assert clean(*shown) == (shown, {})


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("*sighs* Come in.", "Come in."),
        ("‹coughs› Hi.", "Hi."),
        ("< sighs > Well.", "Well."),
        ("Hello [laughs", "Hello"),
        ("# La la la\nYes.", "Yes."),
        ("*Really* bad idea.", "*Really* bad idea."),
        ("It is *really* bad.", "It is *really* bad."),
        ("*No!*", "*No!*"),
        ("(and I agree)", "(and I agree)"),
        ("(2) apples", "(2) apples"),
        ("I saw him [the king] today.", "I saw him [the king] today."),
        ("We're number #1 today.", "We're number #1 today."),
        ("5 > 2 and 7 > 3", "5 > 2 and 7 > 3"),
        ("Hello there|my friend", "Hello there\nmy friend"),
        ("\\an8Up here.", "Up here."),
        ("/Hello there./", "Hello there."),
        ("and/or", "and/or"),
    ],
)
def test_notations_of_sounds_and_tags_that_are_rarer(shown: str, said: str) -> None:
    assert clean(*PLAIN, shown)[0][len(PLAIN) :] == [said]


def test_a_word_in_brackets_breaks_a_sentence_only_in_subtitles_for_the_deaf() -> None:
    broken, sounds = "I love (gasps) you.", ("(door opens)", "(sighs) Yes.", "[thunder]")
    assert clean(*PLAIN, broken)[0][-1] == broken
    assert clean(*sounds, *PLAIN, broken)[0][-1] == "I love you."


def test_captions_that_grow_word_by_word_are_said_once_from_their_first_word() -> None:
    shown = ["good", "good morning", "good morning to", "good morning to you", "i", "i know", "i know that"]
    texts = [TimedText(float(n), n + 1.0, text) for n, text in enumerate(shown)]
    cleaned = clean_texts(texts, Removals(), language="en", guess=guess)
    assert [(text.text, text.start_s, text.end_s) for text in cleaned] == [
        ("good morning to you", 0.0, 4.0),
        ("i know that", 4.0, 7.0),
    ]


def test_a_row_that_comes_back_above_the_next_after_a_long_silence_is_said_once() -> None:
    rows = ["good morning the train", "leaves at noon", "i know my suitcase", "is already packed", "did you call"]
    starts = [0.0, 2.0, 4.0, 26.0, 28.0]
    texts = [TimedText(start, start + 2.0, "\n".join(rows[max(0, n - 1) : n + 1])) for n, start in enumerate(starts)]
    cleaned = clean_texts(texts, Removals(), language="en", guess=guess)
    assert [(text.text, text.start_s) for text in cleaned] == list(zip(rows, starts, strict=True))
