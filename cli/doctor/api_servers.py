"""Servers of the OpenAI protocol that a profile's engines ask: which, and whether they can be used."""

from collections.abc import Iterator
from typing import Any

from cli.doctor.report import ApiServer
from pipeline.settings import Settings
from serve.profile import Profile

ANSWER_LIMIT_S = 5.0  # s


def find_llm_url(settings: Settings, profile: Profile) -> str | None:
    """The URL of translator `llm`; None where it is not used, or its model is served here."""
    if "llm" not in profile.translator.engines or profile.language_model:
        return None
    from pipeline.engines.translator_llm import URL

    return settings.llm_url or str(profile.translator.options_of("llm").get("url", URL))


def list_api_servers(settings: Settings, profile: Profile) -> Iterator[ApiServer]:
    """The servers of speech and transcription, by the settings, the profile's options or the engines' defaults."""
    if "speech-api" in profile.synthesizer.engines:
        from pipeline.engines.speech_api.synthesizer import URL as SPEECH_URL

        options = profile.synthesizer.options_of("speech-api")
        url, key = settings.speech_api_url or options.get("url", SPEECH_URL), settings.speech_api_key or options.get("api_key")
        yield ApiServer("speech server", url, key, options.get("model", ""), ("SPEECH_API_URL", "SPEECH_API_KEY"))
    if "transcription-api" in profile.transcriber.engines:
        from pipeline.engines.transcription_api.transcriber import URL as TRANSCRIPTION_URL

        options = profile.transcriber.options_of("transcription-api")
        url = settings.transcription_api_url or options.get("url", TRANSCRIPTION_URL)
        key = settings.transcription_api_key or options.get("api_key")
        names = ("TRANSCRIPTION_API_URL", "TRANSCRIPTION_API_KEY")
        yield ApiServer("transcription server", url, key, options.get("model", ""), names)


def find_server_trouble(url: str, key: str | None, model: str = "") -> str:
    """The reason that a server of the OpenAI protocol does not list its models, or not `model`; "" where it does.

    A server without a list is no trouble where the model is named.
    """
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", headers=headers, timeout=ANSWER_LIMIT_S)
        if model and answer.status_code in {404, 405, 501}:
            return ""
        if answer.is_error:
            return f"it answers with status {answer.status_code}"
        told: Any = answer.json()
    except httpx.TimeoutException:
        return f"it does not answer within {ANSWER_LIMIT_S:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return f"it cannot be asked ({type(error).__name__})"
    except ValueError:
        return "it does not answer in JSON, so it is no such server"
    listed = told.get("data") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not listed:
        return "it lists no model"
    names = [card.get("id") for card in listed if isinstance(card, dict)]
    return "" if not model or model in names else f"it lists no model {model}, but {', '.join(map(str, names[:5]))}"
