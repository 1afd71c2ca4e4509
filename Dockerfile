# Two images: `broker`, Mosquitto with the shipped configuration, and (last, so by default) Truckroll itself.

FROM eclipse-mosquitto:2.0.22 AS broker
RUN install -d -o mosquitto -g mosquitto -m 0700 /var/lib/mosquitto \
 && install -d -m 0755 /etc/mosquitto/certs
COPY --chown=mosquitto:mosquitto --chmod=0400 deploy/mosquitto/acl /etc/mosquitto/acl
COPY --chmod=0444 deploy/mosquitto/production.conf /mosquitto/config/mosquitto.conf
USER mosquitto

FROM python:3.11.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/truckroll
COPY requirements.lock requirements-dev.lock ./
# The driver for PostgreSQL is no part of the core; its pinned lines stand in the developers' lock file.
RUN /opt/truckroll/bin/pip install --require-hashes -r requirements.lock \
 && awk '/^[^ #]/ { keep = /^psycopg/ } keep' requirements-dev.lock > postgres.lock \
 && /opt/truckroll/bin/pip install --require-hashes --no-deps -r postgres.lock
COPY . .
RUN /opt/truckroll/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11.13-slim-bookworm AS truckroll
RUN groupadd --gid 10001 truckroll \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/truckroll --shell /usr/sbin/nologin truckroll \
 && install -d -o truckroll -g truckroll -m 0700 /var/lib/truckroll
COPY --from=build /opt/truckroll /opt/truckroll
ENV PATH=/opt/truckroll/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/truckroll
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8321/healthz', timeout=4)"]
ENTRYPOINT ["truckroll"]
CMD ["serve", "--config", "/etc/truckroll/truckroll.toml"]
