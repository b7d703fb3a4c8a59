# One image for every role: web, light, worker, migrate, manage COMMAND, or any other command.

FROM node:20-bookworm-slim AS browser
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent

FROM python:3.12-slim-bookworm AS kernels
WORKDIR /build
COPY locked/ziglang.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore --require-hashes -r ziglang.txt
COPY duf/__init__.py duf/devices.py duf/
COPY duf/native duf/native
RUN python -m duf.native.build

# Without what only serves to build, to test or to debug, or what nothing here loads (over half a gigabyte).
FROM python:3.12-slim-bookworm AS packages
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY locked/requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
    && pip uninstall -q -y grpcio libclang setuptools supervisor wheel pip
RUN cd /venv/lib/python3.12/site-packages \
    && rm -r tensorflow/include tensorflow/compiler/mlir/stablehlo \
    && find tensorflow av -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find . -type d -name tests -prune -exec rm -r {} + \
    && find . -name '*.pyi' -delete \
    && find . -path '*/locale/*' -name '*.po' -delete \
    && find . -path '*/locale/*/LC_MESSAGES' ! -path '*/en/*' ! -path '*/ko/*' -prune -exec rm -r {} +

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=3 \
    HOME=/tmp \
    PATH=/venv/bin:$PATH \
    BIND=0.0.0.0:8000 \
    VAR_DIR=/data \
    STATIC_ROOT=/app/collected \
    VSR_MODELS=/data/models \
    MAKE_ADMIN="docker compose run --rm web manage createsuperuser"
WORKDIR /app
RUN useradd --system --uid 10001 --no-create-home vsr && install -d -o vsr -g vsr /data
COPY --from=packages /venv /venv
COPY . .
COPY --from=kernels /build/duf/native duf/native
COPY --from=browser /build/static/vendor static/vendor
RUN python -m compileall -q accounts api duf videos vsrsite \
    && python -m vsrsite.catalogue compile \
    && SECRET_KEY=unused VAR_DIR=/tmp python manage.py collectstatic --noinput --verbosity 0
USER vsr
EXPOSE 8000
ENTRYPOINT ["/app/entrypoint.sh"]
CMD ["web"]
