"""Comparison of two engines' translations line by line: by back-translation, and by agreement in gender and number.

The first engine's text stays unless the other's comes back nearer to the original, or has agreement where the first has none.
"""

from collections.abc import Callable, Mapping

from pipeline.engines.apertium.agreement import find_disagreements
from pipeline.engines.fallback.back_translation import choose_second
from pipeline.engines.fallback.passage_progress import PassageProgress
from pipeline.engines.protocols import Passage, Translated

Translate = Callable[[Passage], Translated]


def replace_worse_lines(
    progress: PassageProgress, name: str, translate: Translate, translate_back: Translate, *, target: str
) -> None:
    """Replace the translated lines of a passage for which the engine `name` has a better text.

    `translate`: that engine; `translate_back`: from the language `target` to the source. EngineError where one of them fails.
    """
    answer = translate(progress.translated_passage())
    if len(answer.texts) != len(progress.numbers) or not any(answer.texts):
        return
    candidates = {n: text for n, text in zip(progress.numbers, answer.texts, strict=True) if text and text.strip()}
    left = dict(zip(progress.numbers, answer.untranslated, strict=False))
    mine = _texts_of(translate_back(progress.passage_of({n: progress.text_of(n) for n in candidates})))
    theirs = _texts_of(translate_back(progress.passage_of(candidates)))
    taken = choose_second([progress.source_text_of(n) for n in candidates], mine, theirs)
    nearer = {n: candidates[n] for n, is_taken in zip(candidates, taken, strict=True) if is_taken}
    progress.replace_texts(name, nearer, reason="whose words say more of the original", untranslated=left)
    wrong = _find_disagreeing({n: progress.text_of(n) for n in candidates if n not in nearer}, target)
    no_better = _find_disagreeing({n: candidates[n] for n in wrong}, target)
    agreeing = {n: candidates[n] for n in wrong if n not in no_better}
    progress.replace_texts(name, agreeing, reason="whose words agree in gender and number", untranslated=left)


def _texts_of(answer: Translated) -> list[str]:
    return [text or "" for text in answer.texts]


def _find_disagreeing(texts: Mapping[int, str], language: str) -> tuple[int, ...]:
    """Indices of the texts with a noun phrase whose words do not agree."""
    found = find_disagreements(list(texts.values()), language=language)
    return tuple(n for n, phrases in zip(texts, found, strict=True) if phrases)
