"""Token estimates."""

import pytest

from pipeline.engines.llm.context_window import estimate_tokens


@pytest.mark.parametrize("text", ["word " * 100, "слово " * 100, "言葉" * 100, "शब्द " * 100, "😀" * 20, '{"a":[1]}' * 20])
def test_tokens_are_rather_over_than_underestimated(text: str) -> None:
    """No common tokenizer makes more than a token of a Latin syllable, a Cyrillic pair, an ideograph, or an emoji's byte."""
    least = {"w": 100, "с": 200, "言": 200, "श": 300, "😀": 60, "{": 60}[text[0]]
    assert least <= estimate_tokens(text) <= 5 * len(text)
