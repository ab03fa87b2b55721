FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv --without-pip /opt/lead-router \
    && pip --python /opt/lead-router/bin/python install --no-cache-dir --require-hashes --requirement requirements/run.txt \
    && pip install --no-cache-dir --require-hashes --requirement requirements/build.txt
COPY pyproject.toml LICENSE ./
COPY schemas schemas
COPY topics topics
COPY worker worker
RUN pip wheel --no-cache-dir --no-deps --no-index --no-build-isolation --wheel-dir /wheel . \
    && pip --python /opt/lead-router/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin lead-router
COPY --from=build /opt/lead-router /opt/lead-router
# Within a container the pages have to listen on its own address; nobody outside sees them unless the port is published.
ENV PATH=/opt/lead-router/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LEAD_ROUTER_WEB_HOST=0.0.0.0 \
    LEAD_ROUTER_WEB_PORT=9464
USER 10001
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['LEAD_ROUTER_WEB_PORT'] + '/livez', timeout=4)"]
ENTRYPOINT ["lead-router"]
CMD ["run"]
