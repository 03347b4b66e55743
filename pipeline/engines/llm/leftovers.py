"""Words of the source language that a translation left standing, as small models do: "¿Hay alguien home?".

Only what cannot be a name, a term or a word of both languages counts: lower case, the same in the original, and either one of
the commonest words of English or a run of several. A false alarm costs a question; a word left over is heard by the viewer.
"""

import re
from collections.abc import Collection

from pipeline import languages

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
RUN = 4  # words in a row that the translation has in common with its original
RUN_LETTERS = 14
# Close languages share whole phrases.
FAMILIES = (frozenset({"es", "pt", "gl", "ca", "it", "fr", "oc", "ro"}), frozenset({"da", "nb", "nn", "no", "sv"}))

# Common English words that no other language with Latin letters has, as far as dialogue goes.
ENGLISH = frozenset(
    ["the", "and", "with", "you", "your", "you're", "yours", "what", "what's", "this", "that", "that's", "these", "those", "they", "they're", "them", "their", "there", "there's", "where", "when", "who", "whom", "whose", "why", "how", "which", "would", "could", "should", "wouldn't", "couldn't", "shouldn't", "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "won't", "can't", "haven't", "hasn't", "hadn't", "it's", "i'm", "i'll", "i've", "i'd", "he's", "she's", "we're", "we'll", "we've", "let's", "have", "having", "been", "being", "were", "does", "did", "doing", "done", "said", "says", "saying", "told", "tell", "telling", "know", "knows", "knew", "known", "think", "thinks", "thought", "want", "wants", "wanted", "need", "needs", "needed", "look", "looks", "looking", "looked", "get", "gets", "getting", "got", "give", "gives", "giving", "gave", "given", "take", "takes", "taking", "took", "taken", "make", "makes", "making", "made", "go", "goes", "going", "went", "gone", "come", "coming", "came", "see", "sees", "seeing", "saw", "seen", "find", "found", "keep", "kept", "leave", "leaving", "left", "stay", "stayed", "wait", "waiting", "waited", "help", "helping", "call", "calling", "called", "believe", "understand", "remember", "forget", "forgot", "happened", "happens", "happening", "nothing", "something", "anything", "everything", "nobody", "somebody", "anybody", "everybody", "nowhere", "somewhere", "always", "never", "again", "already", "enough", "because", "before", "after", "about", "above", "below", "under", "over", "between", "behind", "down", "away", "back", "here", "inside", "outside", "home", "house", "room", "night", "night's", "morning", "tomorrow", "yesterday", "today", "week", "year", "years", "people", "woman", "women", "girl", "boy", "children", "child", "father", "mother", "brother", "sister", "friend", "friends", "wife", "husband", "daughter", "money", "work", "working", "job", "thing", "things", "way", "right", "wrong", "good", "better", "best", "bad", "worse", "great", "little", "big", "small", "old", "young", "new", "first", "last", "next", "other", "another", "every", "any", "some", "many", "much", "more", "most", "few", "please", "thanks", "thank", "sorry", "yes", "well", "just", "only", "very", "really", "too", "quite", "hurry", "stop", "wrong", "true", "sure", "careful", "listen", "shut", "open", "close", "door", "window", "street", "water", "food", "dead", "die", "dying", "killed", "kill", "hurt", "afraid", "scared", "tired", "hungry", "happy", "sad", "angry", "love", "loved", "hate", "like", "liked", "wish", "hope", "heart", "hand", "hands", "head", "eyes", "face", "life", "death", "truth", "lie", "lying", "world"]
)
# Of them, what other languages have too: as itself, or taken over into everyday speech.
SHARED = {
    "de": frozenset(
        {
            "die",
            "hand",
            "job",
            "last",
            "sorry",
            "stop",
            "well",
            "please",
            "home",
            "boy",
            "girl",
            "best",
            "like",
            "room",
            "any",
            "most",
        }
    ),
    "nl": frozenset(
        {"die", "hand", "job", "last", "sorry", "stop", "want", "water", "week", "over", "best", "did", "open", "under"}
    ),
    "es": frozenset({"come", "die", "hate", "sad", "stop", "did", "face"}),
    "pt": frozenset({"come", "face", "hate", "ante", "most", "were", "stop"}),
    "fr": frozenset({"face", "job", "stop", "dent", "but", "sure", "best"}),
    "it": frozenset({"come", "made", "stop", "face", "sad", "job"}),
    "ca": frozenset({"face", "stop", "sad", "any", "more"}),
    "sv": frozenset({"hand", "under", "over", "any", "hate", "job", "sorry"}),
}


def leftover_words(text: str, original: str, *, source: str, target: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """The words of `original` that stand in its translation `text` and should not; empty where there are none.

    `kept`: texts whose words may stay: settled terms.
    """
    if languages.same(source, target):
        return ()
    allowed = {word for term in kept for word in _words(term.casefold())}
    mine, theirs = _words(text), _words(original)
    if languages.same(source, "en"):
        base = target.partition("-")[0].casefold()
        common = ENGLISH - SHARED.get(base, frozenset()) - allowed
        spoken = {word for word in theirs if word.islower()}
        if found := tuple(word for word in mine if word in common and word in spoken):
            return found
    return () if _are_close(source, target) else _common_run(mine, theirs, allowed)


def _common_run(mine: list[str], theirs: list[str], allowed: Collection[str]) -> tuple[str, ...]:
    """The first long run of words that both texts have, most of them in lower case."""
    runs = {tuple(theirs[n : n + RUN]) for n in range(len(theirs) - RUN + 1)}
    for n in range(len(mine) - RUN + 1):
        run = tuple(mine[n : n + RUN])
        lower = [word for word in run if word.islower() and word.casefold() not in allowed]
        if run in runs and len(lower) >= RUN - 1 and sum(map(len, lower)) >= RUN_LETTERS:
            return run
    return ()


def _are_close(source: str, target: str) -> bool:
    pair = {source.partition("-")[0].casefold(), target.partition("-")[0].casefold()}
    return any(pair <= family for family in FAMILIES)


def _words(text: str) -> list[str]:
    return WORD.findall(text.replace("’", "'"))
