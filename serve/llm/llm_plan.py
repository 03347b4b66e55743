"""Selection of the language model by the settings, and the plan that its Serve application is built from.

Light in every environment: it imports neither Ray nor vLLM nor llama.cpp.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import SettingsError
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from serve import profile_loader
from serve.auth import llm_api_key
from serve.llm.llama_process import require_gguf
from serve.profile import LLAMA_CPP, LanguageModel

APPLICATION = "dubarr-llm"
ROUTE = "/llm"
VLLM_DEPLOYMENT = "vllm"
LLAMA_DEPLOYMENT = "llama"
DIGEST_CHARS = 12  # of a GGUF file's digest, as the translator's revision


class Plan(BaseModel):
    """All that the application is built from. `digest`: of the key; `python`: the environment's interpreter, on every node."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel
    digest: str
    python: str
    models_dir: Path | None = None
    token: str | None = Field(default=None, repr=False)

    @property
    def hub(self) -> Hub:
        """Model hub from which the replicas get the model."""
        return Hub(self.models_dir, self.token)


def make_plan(settings: Settings, model: LanguageModel, *, python: str) -> Plan:
    """Make the plan for a model, with the service's own key."""
    return Plan(
        language_model=model,
        digest=llm_api_key.digest_key(llm_api_key.load_llm_api_key(settings)),
        python=python,
        models_dir=settings.models_dir,
        token=settings.hf_token,
    )


def find_deployment_name(model: LanguageModel) -> str:
    """Name of the deployment that a model runs in."""
    return LLAMA_DEPLOYMENT if model.server == LLAMA_CPP else VLLM_DEPLOYMENT


def find_language_model(settings: Settings) -> LanguageModel | None:
    """Find the language model that the service serves with these settings; None where their profile has none or LLM_URL names a server. SettingsError."""
    model = profile_loader.load_profile(settings).language_model
    if settings.language_model is not None:
        return _replace_file(settings, model, settings.language_model)
    named, _, revision = (settings.translator_model or "").partition("@")
    return model.model_copy(update={"model": named, "revision": revision or None}) if model and named else model


def _replace_file(settings: Settings, model: LanguageModel | None, file: Path) -> LanguageModel:
    """Replace the profile's model by the file of LANGUAGE_MODEL. SettingsError where it cannot be served."""
    if model is None or model.server != LLAMA_CPP:
        advice = f"profile {settings.profile} serves no GGUF file; choose PROFILE=embedded-llm, or leave it unset"
        raise SettingsError("LANGUAGE_MODEL", str(file), advice)
    require_gguf(file, named=str(file))
    return model.model_copy(update={"model": str(file), "revision": None})


def find_access(settings: Settings) -> dict[str, str]:
    """Find the access of the translator to the model: its options `url`, `api_key` and `model`, and of a GGUF file the `revision` by its
    content. Empty where there is no model of ours.
    """
    model = find_language_model(settings)
    if model is None:
        return {}
    given = {"url": f"{settings.url}{ROUTE}/v1", "api_key": llm_api_key.load_llm_api_key(settings), "model": model.alias}
    return given | ({"revision": _digest_weights(settings, model)} if model.server == LLAMA_CPP else {})


def _digest_weights(settings: Settings, model: LanguageModel) -> str:
    """Digest a GGUF model's weights, which distinguishes them from others of the same name; "" where they are not on this machine."""
    from pipeline.models.model_identity import identify_weights
    from pipeline.values.media import compute_sampled_digest

    path = Path(model.model)
    if model.is_file:
        return compute_sampled_digest(path, path.stat().st_size)[:DIGEST_CHARS]
    folder = Hub(settings.models_dir, settings.hf_token).find_folder(model.model)
    return identify_weights(folder) if folder else ""
