# One image for every role: web, light, worker, migrate, manage COMMAND, or any other command.

FROM node:20-bookworm-slim AS browser
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent

FROM python:3.12-slim-bookworm AS kernels
WORKDIR /build
COPY constraints.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore ziglang -c constraints.txt
COPY duf/__init__.py duf/
COPY duf/native duf/native
RUN python -m duf.native.build

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=3 \
    HOME=/tmp \
    BIND=0.0.0.0:8000 \
    VAR_DIR=/data \
    VSR_MODELS=/data/models
WORKDIR /app
RUN useradd --system --uid 10001 --no-create-home vsr && install -d -o vsr -g vsr /data
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore -r requirements.txt
COPY . .
COPY --from=kernels /build/duf/native duf/native
COPY --from=browser /build/static/vendor static/vendor
RUN python -m compileall -q accounts duf videos vsrsite
USER vsr
EXPOSE 8000
ENTRYPOINT ["/app/entrypoint.sh"]
CMD ["web"]
