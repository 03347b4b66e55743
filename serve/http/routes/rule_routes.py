"""Rule routes: the ordered rules of folders and series, replaced as a whole, and the rule that a path would meet."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from dashboard.views.film_page.voice_names import format_voice
from pipeline.values.preferences.dub_preferences import DubPreferences
from pipeline.values.rules.rule import Rule, compute_revision, find_rule
from serve.editing.voice_list import list_voices
from serve.http.dependencies import AdmissionDependency, ContextDependency
from serve.http.openapi import PROBLEMS_BY_FIELD, describe_error
from serve.http.schemas import GlossaryText, Tag, Tags
from serve.intake.dub_options import PRIORITY_NAMES, PriorityName
from serve.intake.dub_rules import find_problems, normalize_rule
from serve.intake.path_mapping import find_named_path, map_to_local_path
from serve.request_errors import FieldsRefused

MAX_RULES = 200
MAX_VOICES = 100  # of a rule
MAX_LANGUAGES = 20  # whose voices are listed at once
VoiceName = Annotated[str, Field(min_length=1, max_length=200)]
EngineName = Annotated[str, Field(min_length=1, max_length=200)]
RoleName = Annotated[str, Field(max_length=20)]

router = APIRouter(prefix="/api/rules", tags=["settings"])


class RuleIn(BaseModel):
    """A rule. `pattern`: a folder or a film by its path, also with `*`, `?` and `[…]`, or the name of a folder or a file. `skip`: its
    films are not dubbed. `voices`: names that speakers are cast from; `engines`: by role, one of those that are listed for it. Fields
    that are left out stay open, and a request's own fields win.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100, examples=["Anime"])]
    pattern: Annotated[str, Field(max_length=4_096, examples=["/series/Anime"])]
    target_langs: Tags = []
    source_lang: Tag | None = None
    glossary: GlossaryText = ""
    priority: PriorityName | None = None
    skip: bool = False
    voices: Annotated[list[VoiceName], Field(max_length=MAX_VOICES)] = []
    engines: Annotated[dict[RoleName, EngineName], Field(max_length=3, examples=[{}])] = {}

    def to_rule(self) -> Rule:
        """Convert to the value."""
        priority = next((each for each, name in PRIORITY_NAMES.items() if name == self.priority), None)
        targets, chosen = tuple(self.target_langs), DubPreferences(tuple(dict.fromkeys(self.voices)), tuple(self.engines.items()))
        return Rule(
            self.name.strip(), self.pattern.strip(), targets, self.source_lang, self.glossary, priority, self.skip, chosen
        )

    @classmethod
    def of(cls, rule: Rule) -> "RuleIn":
        """Convert from the value."""
        return cls(
            name=rule.name,
            pattern=rule.pattern,
            target_langs=list(rule.target_langs),
            source_lang=rule.source_lang,
            glossary=rule.glossary,
            priority=None if rule.priority is None else PRIORITY_NAMES[rule.priority],
            skip=rule.skip,
            voices=list(rule.preferences.voices),
            engines=dict(rule.preferences.engines),
        )


class RulesBody(BaseModel):
    """The rules in order: the first that matches a film counts. `revision`: of the rules that were read, so that no change of others is
    overwritten; without it all are replaced.
    """

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[RuleIn], Field(max_length=MAX_RULES)]
    revision: Annotated[str | None, Field(max_length=100)] = None


class VoiceOut(BaseModel):
    """A voice. `label`: its name for people."""

    name: str
    label: str


class RuleChoices(BaseModel):
    """Choices for rules: the engines listed for each role that has several, and the voices of each language. `detail`: the reason
    why the voices of a language are not known now, "" for none.
    """

    engines: dict[str, list[str]]
    voices: dict[str, list[VoiceOut]]
    detail: str = ""


class PathIn(BaseModel):
    """A film's path, in the notation of the sender (path mapping)."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1, max_length=4_096)]


class RuleMatch(BaseModel):
    """The rule that a path meets; `rule` null: none. `path`: on the service's machine."""

    path: str
    rule: RuleIn | None


@router.get("")
def list_rules(context: ContextDependency) -> RulesBody:
    """List the rules."""
    rules = context.store.rules.list_rules()
    return RulesBody(rules=[RuleIn.of(rule) for rule in rules], revision=compute_revision(rules))


@router.get("/choices")
def list_choices(
    context: ContextDependency,
    admission: AdmissionDependency,
    language: Annotated[list[Tag] | None, Query(max_length=MAX_LANGUAGES)] = None,
    synthesizer: EngineName | None = None,
) -> RuleChoices:
    """List the engines and voices that a rule can name. `language`: each whose voices are wanted; `synthesizer`: of a rule that chose one."""
    roles = {role: admission.profile.engines(role) for role in admission.profile.roles()}
    listed = {str(role): list(names) for role, names in roles.items() if len(names) > 1}
    chosen = (("synthesizer", synthesizer),) if synthesizer else ()
    voices, detail = list_voices(context.editing, language or (), chosen)
    named = {tag: [VoiceOut(name=name, label=format_voice(name)) for name in names] for tag, names in voices.items()}
    return RuleChoices(engines=listed, voices=named, detail=detail)


@router.put(
    "",
    responses={
        409: describe_error("The rules have another revision; none was stored."),
        422: describe_error("A rule cannot be used; none was stored.", PROBLEMS_BY_FIELD),
    },
)
def replace_rules(context: ContextDependency, admission: AdmissionDependency, body: Annotated[RulesBody, Body()]) -> RulesBody:
    """Replace the rules. They hold for films that are queued from now on."""
    rules = [each.to_rule() for each in body.rules]
    if problems := find_problems(rules, admission.profile):
        raise FieldsRefused({str(place): said for place, said in problems.items()})
    context.store.rules.replace_rules([normalize_rule(rule) for rule in rules], body.revision)
    return list_rules(context)


@router.post(
    "/try", responses={403: describe_error("The path lies outside the library roots."), 422: describe_error("Invalid request.")}
)
def try_rules(context: ContextDependency, body: Annotated[PathIn, Body()]) -> RuleMatch:
    """Find the rule that a film's path would meet. The film need not exist."""
    path = find_named_path(map_to_local_path(body.path, context.settings.path_mappings), context.settings.roots)
    found = find_rule(context.store.rules.list_rules(), path)
    return RuleMatch(path=str(path), rule=RuleIn.of(found) if found else None)
