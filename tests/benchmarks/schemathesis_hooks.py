"""What schemathesis is told of our media types: a part of an upload is bytes."""

import schemathesis

from serve.http.routes.resumable.tus_headers import PART_TYPE

schemathesis.serializer.alias(PART_TYPE, "application/octet-stream")
