"""Requests are taken as there is room, and none far ahead of the oldest."""

from itertools import count

from mathkit.backends.intake import Intake


def test_no_more_are_under_way_than_there_is_room_for() -> None:
    intake = Intake(iter("abcdef"), room=2)
    assert list(intake.take()) == [(0, "a"), (1, "b")]
    assert list(intake.take()) == []
    assert intake.give_back(1) == "b"
    assert list(intake.take()) == [(2, "c")]
    assert intake.under_way() == [0, 2]


def test_none_is_taken_far_ahead_of_the_oldest() -> None:
    intake = Intake(count(), room=2)
    taken = [number for number, _ in intake.take()]
    while more := [number for number in intake.under_way() if number]:
        intake.give_back(more[0])
        taken += [number for number, _ in intake.take()]
    assert taken == list(range(32))  # 16 times the room
    assert intake.give_back(0) == 0
    assert [number for number, _ in intake.take()] == [32, 33]


def test_it_ends_with_its_items() -> None:
    intake = Intake("a", room=2)
    assert not intake
    assert list(intake.take()) == [(0, "a")]
    assert intake
    intake.give_back(0)
    assert list(intake.take()) == []
    assert not intake
