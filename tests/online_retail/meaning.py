"""What the definitions of examples/online-retail must come to, by SQL over the file (oracle.py's tables).

A person is a customer, by their number, or the nobody of an invoice that names none: "invoice-" and its number. Each
segment's query gives its members, each computed trait's query customers and values.
"""

# Of each person: invoices in the order in which the file has them, and the lines of what was ordered.
VIEWS = """
CREATE TEMP TABLE persons AS SELECT CASE customer WHEN '' THEN 'invoice-' || invoice ELSE customer END AS who,
  invoice, customer, at, milli, event, first_line FROM invoices JOIN
  (SELECT invoice, min(line) AS first_line FROM lines GROUP BY 1) USING (invoice);
CREATE TEMP TABLE ordered AS SELECT who, invoice, stock, quantity, lines.milli, country
  FROM lines JOIN persons USING (invoice) WHERE event = 'Order Completed';
CREATE TEMP TABLE countries AS SELECT customer AS who, country FROM
  (SELECT customer, country, max(line) FROM lines WHERE customer <> '' GROUP BY 1);
CREATE TEMP TABLE sums AS SELECT who, total(milli) FILTER (WHERE event = 'Order Completed') AS ordered,
  -total(milli) FILTER (WHERE event = 'Order Refunded') AS refunded FROM persons GROUP BY 1;
CREATE TEMP TABLE running AS SELECT who, sum(milli) OVER (PARTITION BY who ORDER BY first_line) AS so_far
  FROM persons WHERE event <> 'Balance Adjusted';
"""

ORDERS = "FROM persons WHERE event = 'Order Completed' GROUP BY who"

SEGMENTS = {
    "customers": "SELECT who FROM countries",
    "repeat-buyers": f"SELECT who {ORDERS} HAVING count(*) >= 2",
    "top-spenders": "SELECT who FROM sums WHERE ordered - refunded > 10000000",
    "fallen-stars": "SELECT DISTINCT who FROM running JOIN sums USING (who)"
                    " WHERE so_far > 10000000 AND ordered - refunded <= 10000000",
    "two-countries": "SELECT who FROM ordered GROUP BY 1 HAVING count(DISTINCT country) >= 2",
    "heavy-refunders": "SELECT who FROM sums WHERE ordered > 0 AND 5 * refunded > ordered",
    "lapsed-regulars": f"SELECT who {ORDERS} HAVING count(*) >= 2 AND max(at) < '2011-09-01'",
    "christmas-shoppers": f"SELECT who {ORDERS} HAVING count(*) >= 2"
                          " AND 4 * count(*) FILTER (WHERE substr(at, 6, 2) IN ('10', '11', '12')) >= 3 * count(*)",
    "white-hearts": "SELECT who FROM ordered WHERE stock = '85123A' AND milli >= 2550 GROUP BY 1"
                    " HAVING sum(quantity) >= 100",
    "big-abroad": f"SELECT who {ORDERS} HAVING sum(milli) > 1000000 * count(*)"
                  " INTERSECT SELECT who FROM countries WHERE country <> 'United Kingdom'",
    "nothing-refunded": "SELECT who FROM persons GROUP BY 1 HAVING count(*) FILTER (WHERE event = 'Order Refunded') = 0",
    "one-trick": "SELECT who FROM ordered GROUP BY 1 HAVING count(DISTINCT stock) = 1 AND count(DISTINCT invoice) >= 2",
}

TRAITS = {
    "revenue": "SELECT who, ordered / 1000.0 FROM sums",
    "net_revenue": "SELECT who, (ordered - refunded) / 1000.0 FROM sums",
    "average_order": f"SELECT who, sum(milli) / 1000.0 / count(*) {ORDERS}",
    "favourite_product": "SELECT who, stock FROM (SELECT who, stock,"
                         " row_number() OVER (PARTITION BY who ORDER BY count(*) DESC, stock) AS place"
                         " FROM ordered GROUP BY 1, 2) WHERE place = 1",
    "products_bought": "SELECT who, coalesce(products, 0) FROM countries LEFT JOIN"
                       " (SELECT who, count(DISTINCT stock) AS products FROM ordered GROUP BY 1) USING (who)",
    "largest_line": "SELECT who, max(quantity) FROM ordered GROUP BY 1",
    "last_order": f"SELECT who, replace(max(at), ' ', 'T') || 'Z' {ORDERS}",
    "refunded_share": "SELECT who, refunded / ordered FROM sums WHERE ordered > 0",
}
