from __future__ import annotations

from displays.admission import Places, WrongCodes


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    places = Places()
    assert [places.take("ada", most=2) for _ in range(3)] == [True, True, False]
    assert places.take("bob", most=2)
    places.give_back("ada")
    assert places.take("ada", most=2)
    for key in ("ada", "ada", "bob"):
        places.give_back(key)
    assert places == Places()


def test_waits_grow_with_each_wrong_code_and_end() -> None:
    clock = [0.0]
    codes = WrongCodes(free=3, now=lambda: clock[0])
    waits = []
    for _ in range(14):
        codes.failed("192.0.2.1")
        began = clock[0]
        while codes.blocked("192.0.2.1"):
            clock[0] += 1
        waits.append(clock[0] - began)
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert not codes.blocked("192.0.2.2")


def test_addresses_are_forgotten_oldest_first() -> None:
    codes = WrongCodes(free=0, remembered=2)
    for address in ("a", "b", "c"):
        codes.failed(address)
    assert [codes.blocked(address) for address in ("a", "b", "c")] == [False, True, True]
