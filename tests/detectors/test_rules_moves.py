"""The life of a rule's versions: where each may go, what files begin, and what people decided that stands."""

from dataclasses import replace

import pytest

from detectors.life import LIVES, MOVES
from detectors.moves import Move, begun, moved
from detectors.rules import read_rules, rules_entry, rules_of
from domain.errors import Conflict, GiveUp, IllegalMove, Unknown, WrongFormat

TEXT = '[[rule]]\nid = "loop"\nkind = "consecutive"\nevent = "crash"\ncount = {count}\n'


def version(count=3, life="live"):
    """A version of the rule, which begins its life somewhere."""
    return replace(read_rules(TEXT.format(count=count), "rules.toml").rules[0], life=life)


def move(to, **more):
    """A person's wish."""
    return Move(**{"rule": "loop", "to": to, "by": "operator", "at": 100, **more})


def lives(rules):
    """By threshold, where each version is."""
    return {rule.table["count"]: rule.life for rule in rules}


@pytest.mark.parametrize(("before", "to"), [(before, to) for before in LIVES for to in LIVES])
def test_only_the_moves_of_the_state_machine_are_made(before, to):
    """An illegal one is refused with those that are possible."""
    rules = [version(life=before)]

    if to in MOVES[before]:
        assert {3: to} == lives(moved(rules, move(to)))
    else:
        with pytest.raises(IllegalMove) as refused:
            moved(rules, move(to, version=rules[0].version))
        assert MOVES[before] == refused.value.allowed


def test_a_move_says_who_when_and_why():
    """The stamp travels with the rule through the journal."""
    after = moved([version(life="shadow")], move("live", why="two quiet weeks", confirm=("F-1",)))
    stamp = rules_of(rules_entry(after))[0].stamp

    assert (100, "operator", "two quiet weeks", 1) == (stamp.since, stamp.by, stamp.why, stamp.revision)
    assert (100, ("F-1",)) == (stamp.live_since, stamp.confirmed)


def test_a_rule_that_nobody_moved_is_journaled_as_before():
    """So an update of the program puts nothing new into the journal."""
    assert b'"since"' not in rules_entry([version()])


def test_a_new_rule_begins_where_its_file_says():
    """Live, unless it says otherwise."""
    assert {3: "live"} == lives(begun([], [version()], 5))
    assert {3: "draft"} == lives(begun([], [version(life="draft")], 5))


def test_a_changed_rule_begins_in_shadow_beside_the_live_one():
    """The version that opens tickets goes on until the new one is promoted."""
    both = begun([version(3)], [version(4)], 5)
    assert {3: "live", 4: "shadow"} == lives(both)

    assert {3: "retired", 4: "live"} == lives(moved(both, move("live")))


def test_a_draft_that_the_file_no_longer_holds_retires():
    """Only what opens tickets outlives its file's next edit."""
    both = begun([version(3)], [version(4)], 5)

    assert {3: "live", 4: "retired", 5: "shadow"} == lives(begun(both, [version(5)], 6))


def test_reading_the_files_again_undoes_no_decision():
    """Whatever life people gave a version, the next start leaves it there."""
    for life in LIVES:
        rules = [version(life=life)]
        assert rules == begun(rules, [version()], 7)


def test_a_rule_that_no_file_names_retires_and_comes_back_as_it_was():
    """A lost file does no lasting harm; what became true meanwhile waits to be confirmed."""
    for life in ("draft", "shadow", "live"):
        gone = begun([version(life=life)], [], 5)
        assert {3: "retired"} == lives(gone)

        back = begun(rules_of(rules_entry(gone)), [version()], 6)
        assert {3: life} == lives(back)
        assert (6 if life == "live" else 0) == back[0].stamp.live_since


def test_the_live_version_comes_back_beside_the_edited_one():
    """Although the file that is there again holds only the other one."""
    gone = begun(begun([version(3)], [version(4)], 5), [], 6)
    assert {3: "retired", 4: "retired"} == lives(gone)

    assert {3: "live", 4: "shadow"} == lives(begun(gone, [version(4)], 7))
    assert {3: "live", 4: "retired", 5: "shadow"} == lives(begun(gone, [version(5)], 7))


def test_an_edit_taken_back_leaves_one_version_live():
    """The file goes to another version and back, and then the other one is promoted."""
    both = begun(begun([version(3)], [version(4)], 5), [version(3)], 6)
    assert {3: "live", 4: "retired"} == lives(both)

    again = begun(both, [version(4)], 7)
    assert {3: "live", 4: "shadow"} == lives(again)


def test_what_a_person_retired_stays_retired():
    """Although the file still holds it."""
    gone = moved([version()], move("retired"))

    assert gone == begun(gone, [version()], 6)


def test_old_retired_versions_are_forgotten():
    """The journal's entry does not grow with every edit."""
    rules = [version(count) for count in (1,)]
    for count in range(2, 40):
        rules = moved(begun(rules, [version(count)], count), move("live", at=count))

    assert {**dict.fromkeys(range(29, 39), "retired"), 39: "live"} == lives(rules)


def test_the_same_request_again_changes_nothing():
    """It may have been sent twice, or taken in twice after a crash."""
    once = moved([version(life="shadow")], move("live", request="r-1"))

    assert once == moved(once, move("live", request="r-1", at=200))


def test_who_saw_an_older_revision_is_refused():
    """Somebody else has moved it since."""
    rules = moved([version(life="shadow")], move("live"))

    with pytest.raises(Conflict):
        moved(rules, move("retired", revision=0))


def test_confirming_later_adds_to_what_was_confirmed():
    """A live version takes more confirmations, and nothing else of it changes."""
    rules = moved([version(life="shadow")], move("live", confirm=("F-1",)))
    after = moved(rules, move("live", confirm=("F-2",), at=300))[0].stamp

    assert (("F-1", "F-2"), 100, "operator") == (after.confirmed, after.live_since, after.by)
    assert "all" == moved(rules, move("live", confirm="all"))[0].stamp.confirmed


def test_a_move_may_bring_a_version_that_nobody_knows():
    """So that an edited file is tried out without a restart."""
    new = version(4)
    after = moved([version(3)], move("shadow", version=new.version, table=dict(new.table)))

    assert {3: "live", 4: "shadow"} == lives(after)


def test_what_a_move_brings_must_be_what_it_names():
    """A version is a hash of its content."""
    with pytest.raises(WrongFormat, match="name that version"):
        moved([version(3)], move("shadow", version="0" * 12, table=dict(version(4).table)))


def test_a_version_that_is_not_there_is_named_with_the_newest():
    """One sentence says what to type instead."""
    with pytest.raises(Unknown, match="did you mean loop@"):
        moved([version()], move("retired", version="0" * 12))
    with pytest.raises(Unknown, match="There is no rule"):
        moved([], move("retired"))


def test_of_two_versions_one_must_be_named():
    """Nothing is guessed."""
    rules = [version(3, "shadow"), version(4, "shadow")]

    with pytest.raises(GiveUp, match="name one of them"):
        moved(rules, move("live"))
