"""What is true of the Online Retail file, by SQL over its rows: SQLite, with money as whole thousandths of a pound."""

import csv
import gzip
import sqlite3


def load(path):
    """The file's rows in a database in memory; CustomerID without its ".0", empty where there is none."""
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE lines (line INTEGER PRIMARY KEY, invoice TEXT, stock TEXT, quantity INTEGER, at TEXT,"
        " milli INTEGER, customer TEXT, country TEXT)"
    )
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        database.executemany(
            "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    row["InvoiceNo"],
                    row["StockCode"],
                    int(row["Quantity"]),
                    row["InvoiceDate"],
                    thousandths(row["UnitPrice"]),
                    row["CustomerID"].removesuffix(".0"),
                    row["Country"],
                )
                for number, row in enumerate(rows, start=2)
            ),
        )
    # An invoice's lines may be minutes apart: it is dated by its first.
    # SQLite takes a group's other columns from the row that min() chose.
    database.execute(
        "CREATE TABLE invoices AS SELECT invoice, customer, at, total AS milli, CASE substr(invoice, 1, 1)"
        " WHEN 'C' THEN 'Order Refunded' WHEN 'A' THEN 'Balance Adjusted' ELSE 'Order Completed' END AS event"
        " FROM (SELECT *, min(line), sum(quantity * milli) AS total FROM lines GROUP BY invoice)"
    )
    return database


def thousandths(text):
    """ "2.55" is 2550; what a thousandth cannot hold is an error, not rounded."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(fraction) > 3:
        raise ValueError(f"{text} has more than three decimals")
    return sign * (int(whole or 0) * 1000 + int(fraction.ljust(3, "0")))
