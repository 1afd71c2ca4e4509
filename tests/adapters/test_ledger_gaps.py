"""The ledger keeps gaps: each once, with what came late, and who cannot be measured."""

from dataclasses import replace

from alembic import command

from adapters.ledger_engine import build_engine
from adapters.ledger_schema import migrations
from adapters.ledger_sql import SqlLedger
from adapters.ledger_url import url_of
from domain.gap import Gap, GapKind, Losses

GAP = Gap(device="D1", boot=41, from_seq=7, to_seq=9, noticed_at=1_000)


def test_a_gap_is_listed_once_and_learns_what_came_late(tmp_path):
    """The same gap again changes neither its place nor its time, only how much of it arrived."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        for gap in (GAP, GAP, replace(GAP, noticed_at=5_000, arrived=2)):
            with ledger.begin() as transaction:
                transaction.save_gaps(Losses(gaps=(gap,)))

        assert [replace(GAP, arrived=2)] == ledger.gaps(10)
        assert 1 == ledger.gaps(10)[0].count


def test_gaps_come_newest_first_and_by_device(tmp_path):
    """Noticed last is listed first."""
    later = Gap(device="D2", boot=1, from_seq=0, to_seq=2**40, noticed_at=2_000, kind=GapKind.BOOT_UNKNOWN)
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        with ledger.begin() as transaction:
            transaction.save_gaps(Losses(gaps=(GAP, later)))

        assert [later, GAP] == ledger.gaps(10)
        assert [later] == ledger.gaps(1)
        assert [GAP] == ledger.gaps(10, "D1")


def test_a_device_is_not_measurable_until_it_numbers_its_messages(tmp_path):
    """Named once, and no longer from its first number on."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        for losses in (Losses(unnumbered=("D2", "D1")), Losses(unnumbered=("D1",)), Losses(numbered=("D2",))):
            with ledger.begin() as transaction:
                transaction.save_gaps(losses)

        assert ["D1"] == ledger.unnumbered()


def test_a_ledger_of_the_first_release_gets_the_tables(tmp_path):
    """Opening it is enough."""
    path = tmp_path / "ledger.db"
    engine, config = build_engine(url_of(path)), migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()

    with SqlLedger(path) as ledger:
        assert [] == ledger.gaps(10)
        assert [] == ledger.unnumbered()
