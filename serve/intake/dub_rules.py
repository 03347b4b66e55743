"""Rules at intake: what the first rule that matches a film says where its request leaves it open, and checks of new rules."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from pathlib import Path

from pipeline.control_characters import CONTROL_CHARACTERS
from pipeline.errors import DubarrError, LanguageError
from pipeline.settings import Settings
from pipeline.text import languages
from pipeline.text.glossary import require_task_glossary
from pipeline.values.rules.rule import Rule, find_rule
from serve.engine_preferences import is_offered, narrow_profile
from serve.intake.dub_options import DubOptions
from serve.intake.supported_languages import list_target_languages
from serve.profile import Profile


def apply_rule(rules: Sequence[Rule], path: Path, settings: Settings, options: DubOptions) -> tuple[Settings, DubOptions]:
    """Apply the first rule that matches a film. Its languages take the place of the settings'; the request's own fields stay."""
    rule = find_rule(rules, path)
    if rule is None:
        return settings, options
    filled = replace(
        options,
        source_lang=options.source_lang or rule.source_lang,
        glossary=options.glossary or rule.glossary,
        priority=rule.priority if options.priority is None else options.priority,
        rule=rule.name,
        preferences=rule.preferences,
    )
    return replace(settings, target_langs=rule.target_langs or settings.target_langs), filled


def describe_skip(rules: Sequence[Rule], path: Path) -> str:
    """Describe why a rule leaves a film out; "" where none does."""
    rule = find_rule(rules, path)
    return f"left out by the rule {rule.name}; force dubs it all the same" if rule is not None and rule.skip else ""


def find_problems(rules: Sequence[Rule], profile: Profile) -> Mapping[int, str]:
    """Find the problems of new rules: their place, from 0, and a sentence."""
    names = [rule.name for rule in rules]
    found = {place: _find_problem(rule, profile, is_repeated=rule.name in names[:place]) for place, rule in enumerate(rules)}
    return {
        place: f"Rule {place + 1} ({rules[place].name or 'without a name'}): {problem}"
        for place, problem in found.items()
        if problem
    }


def normalize_rule(rule: Rule) -> Rule:
    """The rule with normalized language tags. LanguageError."""
    source = languages.require_tag(rule.source_lang) if rule.source_lang else None
    return replace(rule, target_langs=tuple(dict.fromkeys(map(languages.require_tag, rule.target_langs))), source_lang=source)


def _find_problem(rule: Rule, profile: Profile, *, is_repeated: bool) -> str | None:
    if not rule.name.strip() or is_repeated:
        return "give it a name of its own"
    if not rule.pattern.strip("/ "):
        return "give a folder or a pattern, such as /series/Dark or *anime*; for all films set the target languages instead"
    if CONTROL_CHARACTERS.search("".join((rule.name, rule.pattern, *rule.preferences.voices))) or ".." in rule.pattern.split("/"):
        return "name, pattern and voices hold no control characters, and the pattern no .."
    try:
        wanted = [languages.require_tag(tag) for tag in rule.target_langs]
        if rule.source_lang:
            languages.require_tag(rule.source_lang)
        require_task_glossary(rule.glossary)
    except LanguageError as error:
        return str(error)
    except (DubarrError, ValueError) as error:
        return f"its {error}"
    for role, engine in rule.preferences.engines:
        if not any(str(known) == role and is_offered(profile, known, engine) for known in profile.roles()):
            return f"no choice of the {role} has {engine}; the settings list those that a rule can choose from"
    can = list_target_languages(narrow_profile(profile, rule.preferences.engines))
    unsupported = [tag for tag in wanted if not any(languages.is_same_language(tag, each) for each in can)]
    if unsupported:
        return (
            f"no engine speaks {languages.get_english_name(unsupported[0])} ({unsupported[0]}); choose another language or engine"
        )
    says = rule.skip, rule.target_langs, rule.source_lang, rule.glossary, rule.priority is not None, *astuple(rule.preferences)
    if not any(says):
        return "it says nothing yet; choose languages, voices, engines, a glossary, a priority, or Skip"
    return None
