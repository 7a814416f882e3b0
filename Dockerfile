# The operator's image: docker build -t REGISTRY/clv-sre . && docker push REGISTRY/clv-sre
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.runtime.lock ./
RUN python -m venv /opt/clv && /opt/clv/bin/pip install --no-cache-dir --require-hashes -r requirements.runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
COPY sloengine sloengine
RUN /opt/clv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
COPY --from=build /opt/clv /opt/clv
USER 65532:65532
ENTRYPOINT ["/opt/clv/bin/clv-operator"]
