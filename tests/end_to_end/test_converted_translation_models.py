"""A film dubbed by a translation model in CTranslate2's format, in its deployment, which is killed in the middle."""

import os
import re
import shutil
import signal
from collections.abc import Iterator

import pytest
from dialogue_film import LINES, STARTS_S, make_dialogue_film
from real_service import Running, real_service
from tiny_translation_model import ENDLESS, tiny_translation_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no voices"),
]
WORDS = sorted({word.casefold() for line in LINES for word in re.findall(r"\w+", line)})
SLOW = f"My {ENDLESS} " + f"{ENDLESS} " * 60  # decoding goes on to its limit, and once more in halves


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("service")
    dictionary = {word: word[::-1] + "o" for word in WORDS} | {ENDLESS: "siempre", "my": "mi"}
    tiny_translation_model(home / "models" / "pairs" / "opus-mt-en-es", dictionary)
    tiny_translation_model(home / "models" / "pairs" / "opus-mt-en-fr", {word: "le" + word for word in WORDS})
    chosen = {"TRANSLATOR": "ctranslate2", "TRANSLATOR_MODEL": "pairs", "MODELS_DIR": str(home / "models")}
    with real_service(home, **chosen) as found:
        yield found


def test_a_film_is_translated_by_the_model_of_its_pair_though_its_replica_is_killed(service: Running) -> None:
    film = make_dialogue_film(service.library / "film.mkv")
    blocks = [*zip(STARTS_S, LINES, strict=True), (20.2, SLOW)]
    stamps = "\n\n".join(
        f"{n}\n00:00:{s:06.3f} --> 00:00:{s + 1.7:06.3f}\n{t}".replace(".", ",", 2) for n, (s, t) in enumerate(blocks, 1)
    )
    film.with_suffix(".en.srt").write_text(stamps)
    task_id = service.client.submit_path(film, target_langs=("es", "fr"), source_lang="en")["id"]
    service.until(task_id, lambda task: any(run["name"] == "translate" and run["status"] == "RUNNING" for run in task["stages"]))
    (pid,) = service.pids("dubarr:llm")
    os.kill(pid, signal.SIGKILL)
    task = service.done(task_id)
    assert task["attempts"] == 1
    spanish = {line["text"] for line in service.client.lines(task_id, "es")}
    assert "Doogo gninromo. Ehto niarto sevaelo tao noono." in spanish and "" in spanish
    assert any("Legood lemorning." in line["text"] for line in service.client.lines(task_id, "fr"))
    executed = service.executed(task_id)
    assert {key: executed[key] for key in executed if key[0] == "translate"} == {("translate", "es"): 1, ("translate", "fr"): 1}
    assert any("no translation that ends" in note["text"] for note in service.client.report(task_id)["es"]["notes"])
