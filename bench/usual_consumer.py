"""The usual Python consumer, as a peer: paho with automatic acknowledgement, json, a Point a message, a dict a device.

`python -m bench.usual_consumer --port P --count N` ends after N messages and prints its CPU seconds as JSON.
"""

import argparse
import json
import resource
from typing import Any

import paho.mqtt.client as mqtt
from influxdb_client import Point


def main() -> None:
    """The process's entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--version", default="5")
    a = parser.parse_args()
    protocol = mqtt.MQTTv5 if a.version == "5" else mqtt.MQTTv311
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="usual", protocol=protocol)
    devices: dict[str, dict[str, Any]] = {}
    seen = {"messages": 0, "bytes": 0}
    begun = resource.getrusage(resource.RUSAGE_SELF)

    def on_connect(client: mqtt.Client, *_: Any) -> None:
        client.subscribe("devices/+/+", 1)
        print("ready", flush=True)

    def on_message(client: mqtt.Client, _: Any, message: mqtt.MQTTMessage) -> None:
        seen["messages"] += 1
        body = json.loads(message.payload)
        device = message.topic.split("/")[1]
        state = devices.setdefault(device, {"crashes": 0})
        if body.get("event") == "crash":
            state["crashes"] += 1
        point = Point("telemetry").tag("device", device)
        for name, value in body.get("values", {}).items():
            state[name] = value
            point.field(name, float(value))
        if "ts" in body:
            point.time(body["ts"] * 1_000_000)
        seen["bytes"] += len(point.to_line_protocol())
        if seen["messages"] >= a.count:
            client.disconnect()

    client.on_connect = on_connect
    client.on_message = on_message
    client.connect("127.0.0.1", a.port)
    client.loop_forever()
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - begun.ru_utime - begun.ru_stime
    print(json.dumps({"messages": seen["messages"], "cpu_seconds": cpu, "rss_kb": used.ru_maxrss}))


if __name__ == "__main__":
    main()
