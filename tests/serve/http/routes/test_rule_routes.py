"""Rules of folders and series: stored as a whole, tried on a path, and applied to films that are queued."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served

from pipeline.values.preferences.dub_preferences import DubPreferences
from pipeline.values.rules.rule import Rule
from pipeline.values.tasks import Priority

Put = Callable[..., Path]
SRT = "1\n00:00:00,100 --> 00:00:00,900\nHola.\n"
RULE = {
    "name": "Anime",
    "pattern": "Anime",
    "target_langs": ["ca"],
    "source_lang": "en",
    "glossary": "Jon Snow\n",
    "priority": "bulk",
}


def put_rules(service: Served, *rules: dict[str, Any]) -> Any:
    return service.client.put("/api/rules", json={"rules": list(rules)})


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/films/Anime", "/films/Anime/a.mkv", True),
        ("/films/Anime/", "/films/anime/s1/a.mkv", True),
        ("/films/Anime", "/films/Anime 2/a.mkv", False),
        ("/films/Ani*", "/films/Anime 2/a.mkv", True),
        ("/films/[Group] Show", "/films/[Group] Show/a.mkv", True),
        ("Anime", "/films/Anime/a.mkv", True),
        ("*anime*", "/films/My Anime/a.mkv", True),
        ("Anime/Season 1", "/films/Anime/Season 1/a.mkv", True),
        ("Season 1/a", "/films/Anime/Season 1/a.mkv", False),
        ("/", "/films/a.mkv", False),
    ],
)
def test_a_pattern_is_a_folder_a_name_or_a_glob(pattern: str, path: str, matches: bool) -> None:
    assert Rule("r", pattern).matches(Path(path)) is matches


def test_rules_are_replaced_as_a_whole_and_keep_their_order(service: Served) -> None:
    assert service.client.get("/api/rules").json()["rules"] == []
    second = {"name": "No extras", "pattern": "*extras*", "skip": True}
    answer = put_rules(service, RULE | {"target_langs": ["fra", "ca", "fr"]}, second)
    assert answer.status_code == 200
    listed = service.client.get("/api/rules").json()["rules"]
    assert [each["name"] for each in listed] == ["Anime", "No extras"]
    assert listed[0]["target_langs"] == ["fr", "ca"]
    assert put_rules(service, second).json()["rules"][0]["name"] == "No extras"


def test_rules_that_others_changed_meanwhile_are_not_overwritten(service: Served) -> None:
    read = service.client.get("/api/rules").json()["revision"]
    mine = service.client.put("/api/rules", json={"rules": [RULE], "revision": read}).json()
    refused = service.client.put("/api/rules", json={"rules": [], "revision": read})
    assert refused.status_code == 409
    assert "changed elsewhere" in refused.json()["detail"]
    assert service.client.get("/api/rules").json() == mine
    assert service.client.put("/api/rules", json={"rules": [], "revision": mine["revision"]}).json()["rules"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "a name of its own"),
        ({"pattern": "/"}, "give a folder or a pattern"),
        ({"pattern": "/films/../etc"}, "no .."),
        ({"target_langs": ["ja"]}, "no engine speaks Japanese (ja)"),
        ({"target_langs": ["klingonese"]}, "klingonese"),
    ],
)
def test_a_broken_rule_is_refused_in_words_and_none_is_stored(service: Served, change: dict[str, Any], words: str) -> None:
    put_rules(service, RULE)
    answer = put_rules(service, RULE | {"name": "First"}, RULE | change)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["problems"]["1"] and answer.json()["problems"].keys() == {"1"}
    assert [rule["name"] for rule in service.client.get("/api/rules").json()["rules"]] == ["Anime"]


def test_a_webhooks_film_gets_the_rule_which_is_recorded_and_the_requests_fields_win(service: Served, put: Put) -> None:
    put_rules(service, RULE, RULE | {"name": "Later", "target_langs": ["it"]})
    put("Anime/film.mkv")
    put("Anime/other.mkv", "spanish.mkv").with_suffix(".es.srt").write_text(SRT)
    answer = service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv"})
    assert answer.json()["status"] == "queued"
    task = service.tasks()[0]
    assert (task.target_langs, task.asked_lang, task.priority, task.rule) == (("ca",), "en", Priority.BULK, "Anime")
    assert service.store.lines.get_glossary(task.id) == "Jon Snow\n"
    assert service.client.get(f"/api/tasks/{task.id}").json()["rule"] == "Anime"
    given = {"path": "/tv/Anime/other.mkv", "target_langs": ["en"], "source_lang": "es", "priority": "interactive"}
    service.client.post("/webhook", json=given)
    task = service.tasks()[0]
    assert (task.target_langs, task.asked_lang, task.priority, task.rule) == (("en",), "es", Priority.INTERACTIVE, "Anime")


def test_voices_and_engines_of_a_rule_come_with_its_films(service: Served, put: Put) -> None:
    profile = service.client.app.state.admission.profile
    both = profile.synthesizer.model_copy(update={"engine": "espeak, kokoro", "options": {}})
    service.client.app.state.admission = replace(
        service.client.app.state.admission, profile=profile.model_copy(update={"synthesizer": both})
    )
    assert service.client.get("/api/rules/choices").json()["engines"] == {"synthesizer": ["espeak", "kokoro"]}
    named = {"voices": ["ef_dora", "em_alex", "ef_dora"], "engines": {"synthesizer": "kokoro"}}
    assert put_rules(service, {"name": "Anime", "pattern": "Anime", **named}).status_code == 200
    assert service.client.get("/api/rules").json()["rules"][0]["voices"] == ["ef_dora", "em_alex"]
    put("Anime/film.mkv")
    service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv", "target_langs": ["es"]})
    task = service.tasks()[0]
    assert task.preferences == DubPreferences(("ef_dora", "em_alex"), (("synthesizer", "kokoro"),))
    refused = service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv", "target_langs": ["gl"], "force": True})
    assert refused.status_code == 422 and "Galician" in refused.json()["detail"]  # kokoro alone does not speak it
    for change in ({"engines": {"synthesizer": "xtts"}}, {"engines": {"diarizer": "ge2e"}}, {"engines": {"voice": "kokoro"}}):
        answer = put_rules(service, {"name": "Anime", "pattern": "Anime", **change})
        assert answer.status_code == 422 and "the settings list those" in answer.json()["problems"]["0"]
    put_rules(service, {"name": "Other", "pattern": "Anime", "priority": "bulk"})
    service.store.tasks.cancel(task.id)
    service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv", "target_langs": ["es"]})
    again = service.store.tasks.get(task.id)
    assert (again.rule, again.preferences) == ("Other", DubPreferences())


def test_of_a_rules_languages_the_films_own_is_left_out_as_of_the_settings(service: Served, put: Put) -> None:
    put_rules(service, {"name": "All", "pattern": "Anime", "target_langs": ["es", "ca"]})
    put("Anime/film.mkv", "spanish.mkv").with_suffix(".es.srt").write_text(SRT)
    service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv"})
    assert service.tasks()[0].target_langs == ("ca",)


def test_a_rule_skips_its_films_unless_they_are_forced(service: Served, put: Put) -> None:
    put_rules(service, {"name": "Done by hand", "pattern": "Anime", "skip": True})
    put("Anime/film.mkv")
    answer = service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv"}).json()
    assert answer["status"] == "ignored" and "left out by the rule Done by hand" in answer["detail"]
    assert service.client.post("/webhook", json={"path": "/tv/Anime/film.mkv", "force": True}).json()["status"] == "queued"


def test_a_path_is_tried_without_its_film(service: Served) -> None:
    put_rules(service, RULE)
    met = service.client.post("/api/rules/try", json={"path": "/tv/Anime/none.mkv"}).json()
    assert met["rule"]["name"] == "Anime" and met["path"] == str(service.library / "Anime/none.mkv")
    assert service.client.post("/api/rules/try", json={"path": "/tv/none.mkv"}).json()["rule"] is None
    assert service.client.post("/api/rules/try", json={"path": "/etc/passwd"}).status_code == 403
