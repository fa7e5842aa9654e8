# One image for every run: `prefect flow-run execute` is what pools of type docker and kubernetes call
# in it, and `wine-points` works by hand. Nothing is fetched but what a lock names by its hash.
#
#   docker build --tag wine-points:0.1.0 .
#   docker build --tag wine-points:0.1.0-gpu --build-arg LOCK=requirements-gpu.lock .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
ARG LOCK=requirements-image.lock
RUN apt-get update -q && apt-get install -q -y --no-install-recommends python3 python3-venv
COPY requirements-build.lock /tmp/
# pip and hatchling stay in this environment, which is not taken along.
RUN python3 -m venv /opt/build \
    && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: \
        -r /tmp/requirements-build.lock \
    && python3 -m venv --without-pip /opt/wine-points
COPY ${LOCK} /tmp/lock
RUN /opt/build/bin/python -m pip --python /opt/wine-points/bin/python install --no-cache-dir \
        --require-hashes --only-binary :all: -r /tmp/lock
# The project lies where the pull step of prefect.yaml finds it, and is written by nobody.
COPY pyproject.toml README.md prefect.yaml /app/
COPY data_contracts /app/data_contracts
COPY tasks /app/tasks
COPY flows /app/flows
RUN /opt/build/bin/python -m pip install --no-cache-dir --prefix /opt/wine-points --no-index --no-deps \
        --no-build-isolation --editable /app \
    && sed -i '1s|.*|#!/opt/wine-points/bin/python|' /opt/wine-points/bin/wine-points \
    && /opt/wine-points/bin/python -m compileall -q /app

FROM ${BASE}
# tini hands a stop on to the run, which as process 1 would be deaf to it.
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends ca-certificates python3 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --user-group --create-home wine \
    && install -d -o wine -g wine /store
COPY --from=build /opt/wine-points /opt/wine-points
COPY --from=build /app /app
ENV PATH=/opt/wine-points/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    MLFLOW_DISABLE_TELEMETRY=true \
    TF_CPP_MIN_LOG_LEVEL=2 \
    WINE_POINTS_STORE=/store
WORKDIR /app
USER 1000:1000
VOLUME /store
ENTRYPOINT ["tini", "-g", "--"]
CMD ["wine-points", "--help"]
