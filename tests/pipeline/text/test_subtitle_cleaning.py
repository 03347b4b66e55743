"""What of a subtitle is spoken."""

import pytest

from pipeline.text.subtitle_cleaning import clean_cue_text


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("<i>Hello</i> <font color='red'>there</font>", "Hello there"),
        (r"{\an8}Up {\b1}here", "Up here"),
        ("Tom &amp; Jerry &lt;i&gt;ran&lt;/i&gt;", "Tom & Jerry ran"),
        ("[door slams]", ""),
        ("[door\nslams] Who is it?", "Who is it?"),
        ("(sighs) I know. (he\nweeps)", "I know."),
        ("♪ la la\nla la ♪", ""),
        ("♪ all alone", ""),
        ("She said ♪ la ♪ and left.", "She said and left."),
        ("# la la la #", ""),
        ("JOHN: Come in.", "Come in."),
        ("- MR. O'NEIL: Come in.\n- ÉVA: No.", "- Come in.\n- No."),
        ("NARRATOR:\nLong ago", "Long ago"),
        ("Remember: never again.", "Remember: never again."),
        ("It is 10:30 now.", "It is 10:30 now."),
        (">> And now the news.", "- And now the news."),
        ("- ...", ""),
        ("Hi\u200b\u202e there\ufeff", "Hi there"),
        ("Subtitles by somebody", ""),
        ("Visit www.example.com today", ""),
        ("42", "42"),
    ],
)
def test_only_spoken_words_stay(shown: str, said: str) -> None:
    assert clean_cue_text(shown) == said
