"""An asset that is worked on opens no tickets, and the journal says from where to where."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.entries import Entry, Kind
from domain.incident import HoldKind
from domain.work_order import OrderState
from tests.ledgers import empty_ledger
from tests.orders import Office
from tests.ticketing.cases import finding
from ticketing.suppression import Suppressions
from truckroll.control import check_decision
from truckroll.out_of_service import READER, OutOfService
from truckroll.settings import load


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk with an empty ledger."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        yield Office(ledger)


@pytest.fixture
def chore(office: Office, tmp_path: Path) -> Iterator[OutOfService]:
    """The chore beside a data directory that a service holds."""
    configured = tmp_path / "truckroll.toml"
    configured.write_text('data = "data"\n')
    settings = load(configured)
    with DataDirectory(settings.data):
        yield OutOfService(office.ledger, settings)


def journaled(chore: OutOfService) -> list[bytes]:
    """What the inbox has for the journal; every reader of it can read each."""
    here = DataDirectory(chore.settings.data, read_only=True)
    dropped = here.collect()
    for each in dropped:
        check_decision(Entry(Kind.CONTROL, 1, each.kind, each.payload))
        here.done(each.name)
    return [each.payload for each in dropped]


def folded(payloads: list[bytes]) -> Suppressions:
    """As readers of the journal fold it."""
    found = Suppressions()
    for payload in payloads:
        found.control("suppressions", payload)
    return found


def working(office: Office, asset: str) -> str:
    """An order on the asset that is worked on."""
    number = office.opens(asset)
    office.settles()
    return office.brings(office.order_of(number).number, OrderState.IN_PROGRESS).number


def test_an_asset_is_out_of_service_while_its_order_is_in_progress_and_no_longer(
    office: Office, chore: OutOfService
) -> None:
    """Its findings are held back; those of other assets are not, whatever characters its name has."""
    order = working(office, "tv-[1]*")
    chore.keep(office.now)
    during = journaled(chore)
    office.moves_order(order, OrderState.ON_HOLD, reason="part")
    chore.keep(office.now)
    after = during + journaled(chore)

    hold = folded(during).decided(finding(asset="tv-[1]*"), office.now)
    assert (HoldKind.SERVICE, order) == (hold.kind, hold.by)
    assert folded(during).decided(finding(asset="tv-1"), office.now) is None
    assert folded(after).decided(finding(asset="tv-[1]*"), office.now) is None


def test_killed_before_its_bookmark_it_says_the_same_again_and_nothing_changes(
    office: Office, chore: OutOfService
) -> None:
    """What was over stays over."""
    first, second = working(office, "tv-1"), working(office, "tv-2")
    office.moves_order(first, OrderState.WORK_DONE)
    chore.keep(office.now)
    once = journaled(chore)
    with office.ledger.begin() as transaction:
        transaction.move_bookmark(READER, 0)
    chore.keep(office.now)
    twice = once + journaled(chore)

    assert 2 * len(once) == len(twice)
    assert {second} == set(folded(once).by_id) == set(folded(twice).by_id)


def test_what_was_told_is_not_told_again(office: Office, chore: OutOfService) -> None:
    """The bookmark stands in the ledger."""
    working(office, "tv-1")
    chore.keep(office.now)
    journaled(chore)
    OutOfService(office.ledger, chore.settings).keep(office.now)

    assert [] == journaled(chore)
