"""Publishing over a real broker: everything arrives at least once, in each device's order, whatever the broker does."""

import asyncio
import json
import time
from collections import defaultdict

import aiomqtt
import pytest

from domain.errors import GiveUp, TryLater
from domain.instants import MINUTE, SECOND
from firmware_sim.mqtt_out import Broker, Published, publish
from firmware_sim.scenario import Scenario
from tests.brokers import Broker as RealBroker
from tests.brokers import broker, free_port
from tests.firmware_sim.reference import objects

__all__ = ["broker"]

LOAD = Scenario.load_test(devices=40, rate=75, seconds=20, loops=5)
SOON = 20.0


class Wall:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns()


def whereabouts(real: RealBroker, **settings) -> Broker:
    """How to reach a test's broker."""
    return Broker(host=real.host, port=real.port, **settings)


async def heard_while(real: RealBroker, publishing, enough):
    """What a listener with a lasting session hears until `enough` holds, and what publishing returned."""
    heard: list[tuple[str, bytes]] = []
    listening = asyncio.create_task(listen(real, heard))
    try:
        result = await publishing
        async with asyncio.timeout(SOON):
            while not enough(heard, result):
                await asyncio.sleep(0.01)
    finally:
        listening.cancel()
    return heard, result


async def listen(real: RealBroker, heard: list[tuple[str, bytes]]) -> None:
    """Hear everything, over as many connections as it takes."""
    while True:
        try:
            async with aiomqtt.Client(real.host, real.port, identifier="listener", clean_session=False) as client:
                await client.subscribe("devices/#", qos=1)
                async for message in client.messages:
                    heard.append((str(message.topic), message.payload))
        except aiomqtt.MqttError:
            await asyncio.sleep(0.05)


def sent_by(scenario: Scenario, result: Published):
    """What the scenario had to send in this run."""
    return [(p.topic, p.payload) for p in scenario.publications(start=result.started)]


def orderly(heard) -> bool:
    """Each device's messages came in its order, apart from repetitions."""
    seen, last = set(), defaultdict(lambda: (0, -1))
    for topic, payload in heard:
        if (topic, payload) not in seen:
            seen.add((topic, payload))
            written, device = json.loads(payload), topic.split("/")[1]
            if (written["boot"], written["seq"]) < last[device]:
                return False
            last[device] = (written["boot"], written["seq"])
    return True


@pytest.mark.mosquitto
def test_everything_arrives_once_and_in_order(broker):
    """Over a few connections, as fast as the broker takes it."""

    async def run():
        publishing = publish(LOAD, whereabouts(broker), clock=Wall(), speed=float("inf"), connections=4)
        return await heard_while(broker, publishing, lambda heard, result: len(heard) >= result.counts.kept)

    heard, result = asyncio.run(run())

    assert sorted(sent_by(LOAD, result)) == sorted(heard)
    assert orderly(heard)
    assert (len(heard), len(heard), 0) == (result.counts.received, result.counts.kept, result.counts.failed)
    assert LOAD.truth().expected.keys() == result.decided.keys()


@pytest.mark.mosquitto
def test_every_device_may_have_a_connection_of_its_own(broker):
    """As a broker with one user a device demands."""
    scenario = Scenario.load_test(devices=12, rate=60, seconds=2)
    passwords = {device.name: "secret" for device in scenario.devices}

    async def run():
        as_devices = whereabouts(broker, passwords=passwords)
        publishing = publish(scenario, as_devices, clock=Wall(), speed=float("inf"), connections="device")
        return await heard_while(broker, publishing, lambda heard, result: len(heard) >= result.counts.kept)

    heard, result = asyncio.run(run())

    assert sorted(sent_by(scenario, result)) == sorted(heard)


@pytest.mark.mosquitto
def test_a_broker_that_goes_and_comes_back_gets_everything_at_least_once(broker):
    """What it had not acknowledged is sent again, still in order."""
    report = Published()

    async def restart_in_between():
        while report.counts.kept < 200:
            await asyncio.sleep(0.005)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)

    async def run():
        restarting = asyncio.create_task(restart_in_between())
        publishing = publish(LOAD, whereabouts(broker), clock=Wall(), speed=10.0, connections=4, published=report)
        answer = await heard_while(broker, publishing, lambda heard, result: len(set(heard)) >= result.counts.kept)
        await restarting
        return answer

    heard, result = asyncio.run(run())

    assert set(sent_by(LOAD, result)) == set(heard)
    assert orderly(heard)
    assert result.reconnects >= 1
    assert result.counts.kept == result.counts.received == len(sent_by(LOAD, result))


@pytest.mark.mosquitto
def test_at_real_speed_the_start_is_now_and_nothing_is_told_before_its_time(broker):
    """No clock that is right is ahead of the wall."""
    scenario = Scenario.load_test(devices=20, rate=100, seconds=2)
    sent: dict[bytes, int] = {}

    async def run():
        return await publish(
            scenario, whereabouts(broker), clock=Wall(), on_published=lambda p, at: sent.setdefault(p.payload, at)
        )

    begun = time.time_ns()
    result = asyncio.run(run())

    assert begun <= result.started <= time.time_ns()
    assert len(sent) == result.counts.kept
    assert all(at >= p.at - 10_000_000 for p in scenario.publications(start=result.started) for at in [sent[p.payload]])


@pytest.mark.mosquitto
def test_at_a_higher_speed_the_end_is_now(broker):
    """So that times lie in the past, never in the future."""
    scenario = Scenario.load_test(devices=20, rate=2, seconds=120)
    result = asyncio.run(publish(scenario, whereabouts(broker), clock=Wall(), speed=240.0))
    latest = max(written["ts"] for p in scenario.publications(start=result.started) for written in objects(p))

    assert time.time_ns() - MINUTE < latest * 1_000_000 < time.time_ns()


@pytest.mark.mosquitto
def test_a_stop_ends_it_after_what_is_under_way(broker):
    """Early, with everything taken from the scenario acknowledged."""
    scenario = Scenario.load_test(devices=20, rate=200, seconds=600)

    async def run():
        stop, report = asyncio.Event(), Published()
        running = asyncio.create_task(publish(scenario, whereabouts(broker), clock=Wall(), published=report, stop=stop))
        while report.counts.kept < 50:
            await asyncio.sleep(0.005)
        stop.set()
        return await running

    result = asyncio.run(run())

    assert 50 <= result.counts.kept < 1000
    assert (result.counts.kept, 0) == (result.counts.received, result.counts.failed)


def test_a_broker_that_is_not_there_is_said_in_a_sentence():
    """After the patience it was given."""
    nowhere = Broker(port=free_port(), patience=0.0)

    with pytest.raises(TryLater, match="start one or check the address"):
        asyncio.run(publish(LOAD, nowhere, clock=Wall()))


@pytest.mark.mosquitto
def test_a_broker_that_refuses_the_user_is_said_in_a_sentence(tmp_path):
    """No patience changes that, and the password is not in it."""
    with RealBroker(tmp_path / "strict", settings={"allow_anonymous": "false"}) as strict:
        stranger = whereabouts(strict, username="nobody", password="hidden-word")
        with pytest.raises(GiveUp, match="check user and password") as caught:
            asyncio.run(publish(LOAD, stranger, clock=Wall()))

    assert "hidden-word" not in str(caught.value) + repr(stranger)


def test_a_broker_that_cannot_keep_up_lets_the_schedule_wait_and_keeps_its_distances():
    """Crashes that are dated by arrival never come closer together than they were."""
    from firmware_sim.pace import Schedule

    schedule = Schedule(iter(()), start=0, begun=0.0, speed=1.0)

    assert schedule.pause(10.0, now=4.0) == 6.0
    assert schedule.pause(10.0, now=10.1) == 0.0
    assert schedule.pause(10.0, now=40.0) == 0.0
    assert schedule.pause(16.0, now=40.0) == 6.0
    assert int(schedule.behind * SECOND) == SECOND * 30
