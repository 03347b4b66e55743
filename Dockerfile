# Dubarr's service in a container. For a CPU:      docker compose up
# For an NVIDIA card (nvidia-container-toolkit):   docker compose --profile gpu up dubarr-gpu
# `./dubarr image ROOT` runs these steps without Docker, in a root that debootstrap made.
FROM debian:12-slim

# A profile of serve/profiles/, and the hardware of its engines: --cpu, or --gpu for a card that the machine which builds need not have.
ARG PROFILE=embedded
ARG HARDWARE=--cpu
# The user that the service runs as, who must be able to write to the volumes.
ARG USER_ID=1000
ARG GROUP_ID=1000

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl tini python3 python3-venv \
    ffmpeg espeak-ng apertium apertium-eng-spa apertium-eng-cat apertium-fra-cat apertium-cat-ita \
    apertium-es-pt apertium-fr-es apertium-por-cat apertium-pt-gl flite \
    && rm -rf /var/lib/apt/lists/*

RUN groupadd --gid "$GROUP_ID" dubarr \
    && useradd --uid "$USER_ID" --gid dubarr --create-home --shell /usr/sbin/nologin dubarr \
    && install -d -o dubarr -g dubarr /opt/dubarr /data /videos

COPY --chown=dubarr:dubarr . /opt/dubarr
WORKDIR /opt/dubarr
USER dubarr

# Weights stay in the image, in the cache folder of its user; what the service keeps lies in the volumes.
ENV HOME=/home/dubarr PIP_NO_CACHE_DIR=1 PROFILE=$PROFILE \
    DATA_DIR=/data VIDEOS_DIR=/videos LOGS_DIR=/data/logs HOST=0.0.0.0 PORT=8000

RUN ./dubarr setup --profile "$PROFILE" "$HARDWARE"

# The settings that the dashboard writes (/data/.env) outlive the container.
ENV DUBARR_HOME=/data

VOLUME ["/data", "/videos"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=180s --retries=3 \
    CMD curl --fail --silent --show-error --output /dev/null http://127.0.0.1:8000/readyz || exit 1

ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["./dubarr", "serve"]
