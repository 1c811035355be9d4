"""Comparing what is expected with what is found."""

import math


def check(what, expected, actual):
    """Both as sets of rows, for neither side promises an order."""
    expected, actual = sorted(map(repr, expected)), sorted(map(repr, actual))
    if expected != actual:
        missing = [row for row in expected if row not in set(actual)][:5]
        surplus = [row for row in actual if row not in set(expected)][:5]
        raise AssertionError(f"{what}: {len(expected)} rows expected, {len(actual)} found\n"
                             f"  only in the file:  {missing}\n  only in Tessera:   {surplus}")
    print(f"ok  {what}: {len(expected):,} {'row is' if len(expected) == 1 else 'rows are'} equal")


def check_values(trait, expected, actual):
    """Numbers to twelve digits, since here and there they are divided in another order."""
    for customer, value in actual.items():
        wanted = expected.get(customer)
        same = math.isclose(value, wanted, rel_tol=1e-12) if isinstance(value, (int, float)) else value == wanted
        assert same, f"{trait} of {customer}: {value}, not {wanted}"
    print(f"ok  trait {trait}: the values of {len(actual):,} customers are equal")
