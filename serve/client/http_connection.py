"""HTTP connection of the client to one service: requests with Basic Auth or an API key, error responses raised. Light imports."""

import base64
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from serve.client.client_errors import ServiceUnavailable, raise_for_status
from serve.client.partial_download import BLOCK_BYTES, parse_file_name

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]
REQUEST_TIMEOUT_S = 30.0  # for an answer; an upload's comes after its film was probed
AUDIO_SUFFIXES = {"audio/wav": ".wav", "audio/flac": ".flac"}


class HttpConnection:
    """HTTP connection to a service: with user and password, or with an API key alone."""

    def __init__(self, url: str, user: str = "", password: str = "", *, key: str | None = None) -> None:
        import httpx

        self.url = url.rstrip("/")
        timeout = httpx.Timeout(REQUEST_TIMEOUT_S, read=10 * REQUEST_TIMEOUT_S)
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}"} if key is None else {"X-Api-Key": key}
        self._http = httpx.Client(base_url=self.url, headers=self._headers, timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _save_audio(self, path: str, to: Path, params: Json) -> Path:
        """Save an audio response at `to`, whose suffix becomes that of its content type."""
        answer = self._request("GET", path, params=params)
        to = to.with_suffix(AUDIO_SUFFIXES.get(answer.headers["content-type"], to.suffix))
        to.write_bytes(answer.content)
        return to

    def _save_attachment(self, path: str, folder: Path, params: Json, *, default_name: str) -> Path:
        """Save a response in a folder, under the name that the service gives it; complete, or not at all."""
        import httpx

        folder.mkdir(parents=True, exist_ok=True)
        try:
            with self._http.stream("GET", path, params=params) as answer, tempfile.TemporaryDirectory(dir=folder) as inside:
                raise_for_status(answer)
                part = Path(inside) / "part"
                with part.open("xb") as file:
                    for block in answer.iter_bytes(BLOCK_BYTES):
                        file.write(block)
                return part.replace(folder / parse_file_name(answer.headers.get("content-disposition", ""), default_name))
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, f"the export was interrupted; repeat it: {error}") from error

    def _request_json(self, method: str, path: str, **kwargs: Any) -> Json:
        """Send a request; returns the JSON object of the response. Raises as `_request`."""
        return dict(self._request(method, path, **kwargs).json())

    def _request(self, method: str, path: str, **kwargs: Any) -> "httpx.Response":
        """Send a request. Error responses are raised (`raise_for_status`); ServiceUnavailable where nothing answers."""
        import httpx

        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, str(error) or type(error).__name__) from error
        raise_for_status(answer)
        return answer
