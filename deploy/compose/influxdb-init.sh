#!/bin/bash
# Run once by the InfluxDB image, after its own set-up: InfluxQL finds the bucket, and Truckroll gets a user for it alone.
set -euo pipefail

influx v1 dbrp create \
  --org "$DOCKER_INFLUXDB_INIT_ORG" \
  --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --db truckroll --rp autogen --default

influx v1 auth create \
  --org "$DOCKER_INFLUXDB_INIT_ORG" \
  --username truckroll --password "$(cat /run/secrets/influxdb_user_password)" \
  --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --write-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID"
