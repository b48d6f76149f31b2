# Stage 1 installs into a virtual environment; stage 2 takes that and nothing else: no build tools, no sources, no cache.
# Another base, from a registry of your own for example: --build-arg BASE=registry.example.org/python:3.11.14-slim-bookworm
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python3 -m venv /opt/planwatch
# The libraries change seldom, so they are a layer of their own, each file checked against its hash.
COPY requirements.lock ./
RUN /opt/planwatch/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY . .
RUN /opt/planwatch/bin/pip install --no-deps --no-build-isolation . \
    && /opt/planwatch/bin/python -P -m notifications.catalogue.compiled \
    && /opt/planwatch/bin/pip uninstall --yes pip

FROM ${BASE}
# /data is the only place that is written to: run with --read-only and a volume there. Policies of your own are mounted
# anywhere, for reading only: --volume ./policies:/policies:ro --env PLANWATCH_POLICIES=/policies
ENV PATH=/opt/planwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PLANWATCH_DATABASE_URL=sqlite:////data/planwatch.db \
    PLANWATCH_HTTP_HOST=0.0.0.0 \
    PLANWATCH_HTTP_PORT=8000
COPY --from=build /opt/planwatch /opt/planwatch
RUN install -d -o 10001 -g 10001 -m 0750 /data
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8000
# On SIGTERM it finishes the message in hand and then ends.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PLANWATCH_HTTP_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["planwatch"]
CMD ["run"]
