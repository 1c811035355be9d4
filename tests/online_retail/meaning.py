"""What the definitions of examples/online-retail must come to, by SQL over the file (oracle.py's tables).

A person is a customer, by their number, or the nobody of an invoice that names none: "invoice-" and its number. Each
segment's query gives its members, each computed trait's query customers and values. All of it is as of a moment: what
happened later is not there.
"""

# Times are seconds since 1970. Of each person: invoices in the order in which the file has them, and the lines of what
# was ordered and refunded.
VIEWS = """
DROP TABLE IF EXISTS clock; DROP TABLE IF EXISTS persons; DROP TABLE IF EXISTS ordered; DROP TABLE IF EXISTS refunds;
DROP TABLE IF EXISTS countries; DROP TABLE IF EXISTS sums; DROP TABLE IF EXISTS running;
CREATE TEMP TABLE clock AS SELECT unixepoch('{now}') AS now, coalesce(unixepoch('{published}'), 0) AS published;
CREATE TEMP TABLE persons AS SELECT CASE customer WHEN '' THEN 'invoice-' || invoice ELSE customer END AS who,
  invoice, customer, at, unixepoch(at) AS t, milli, event, first_line FROM invoices JOIN
  (SELECT invoice, min(line) AS first_line FROM lines GROUP BY 1) USING (invoice)
  WHERE unixepoch(at) <= (SELECT now FROM clock);
CREATE TEMP TABLE ordered AS SELECT who, invoice, stock, quantity, lines.milli, country, t, first_line
  FROM lines JOIN persons USING (invoice) WHERE event = 'Order Completed';
CREATE TEMP TABLE refunds AS SELECT who, stock, t, first_line
  FROM lines JOIN persons USING (invoice) WHERE event = 'Order Refunded';
CREATE TEMP TABLE countries AS SELECT customer AS who, country FROM
  (SELECT customer, country, at, max(line) FROM lines WHERE customer <> '' GROUP BY 1)
  WHERE unixepoch(at) <= (SELECT now FROM clock);
CREATE TEMP TABLE sums AS SELECT who, total(milli) FILTER (WHERE event = 'Order Completed') AS ordered,
  -total(milli) FILTER (WHERE event = 'Order Refunded') AS refunded, total(milli) FILTER
  (WHERE event = 'Order Completed' AND t > (SELECT now FROM clock) - 90 * 86400) AS ordered_90_days,
  count(*) FILTER (WHERE event = 'Order Completed') AS orders FROM persons GROUP BY 1;
CREATE TEMP TABLE running AS SELECT who, so_far, lead(t) OVER (PARTITION BY who ORDER BY t, first_line) AS until FROM
  (SELECT who, t, first_line, sum(milli) OVER (PARTITION BY who ORDER BY t, first_line) AS so_far
   FROM persons WHERE event <> 'Balance Adjusted');
"""

# What is needed to be among the tenth with most, by the views as of when everyone was ranked: the least value that at
# least nine tenths of all have at most.
TENTHS = {
    "everyone": "SELECT ordered FROM sums",
    "everyone_90_days": "SELECT ordered_90_days FROM sums",
    "repeat_buyers": "SELECT ordered FROM sums WHERE orders >= 2",
}


def rank(truth):
    """The bounds as of the views that are there, for those that come after."""
    truth.execute("CREATE TABLE IF NOT EXISTS bounds (of TEXT PRIMARY KEY, least)")
    for of, values in TENTHS.items():
        truth.execute(f"INSERT OR REPLACE INTO bounds SELECT '{of}', (SELECT * FROM ({values}) ORDER BY 1 LIMIT 1"
                      f" OFFSET (SELECT (900 * count(*) + 999) / 1000 - 1 FROM ({values})))")


def bound(of):
    return f"(SELECT least FROM bounds WHERE of = '{of}')"


NOW = "(SELECT now FROM clock)"
DAY = 86400
ORDERS = "FROM persons WHERE event = 'Order Completed' GROUP BY who"

# Orders of each person with their place from the first and from the last, and the order before each.
PLACED = """SELECT who, t, milli, row_number() OVER forth AS place, row_number() OVER back AS from_end,
  lag(t) OVER forth AS before, lag(milli) OVER forth AS milli_before FROM persons WHERE event = 'Order Completed'
  WINDOW forth AS (PARTITION BY who ORDER BY t, first_line),
         back AS (PARTITION BY who ORDER BY t DESC, first_line DESC)"""
MONTHS = ", ".join(f"strftime('%Y-%m', {NOW}, 'unixepoch', 'start of month', '-{n} months')" for n in (1, 2, 3))
CAKESTAND = "a.stock = '22423'"
TEACUPS_AFTER = ("b.who = a.who AND b.stock = '22699' AND (b.t, b.first_line) > (a.t, a.first_line)"
                 f" AND b.t - a.t <= 60 * {DAY}")

SEGMENTS = {
    "customers": "SELECT who FROM countries",
    "repeat-buyers": f"SELECT who {ORDERS} HAVING count(*) >= 2",
    "top-spenders": "SELECT who FROM sums WHERE ordered - refunded > 10000000",
    "fallen-stars": "SELECT DISTINCT who FROM running JOIN sums USING (who)"
                    " WHERE so_far > 10000000 AND ordered - refunded <= 10000000"
                    " AND (until IS NULL OR until > (SELECT published FROM clock))",
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
    "lapsed-90-days": f"SELECT who {ORDERS} HAVING {NOW} - max(t) > 90 * {DAY}",
    "at-risk": f"SELECT who {ORDERS} HAVING count(*) FILTER"
               f" (WHERE t > {NOW} - 365 * {DAY} AND t <= {NOW} - 60 * {DAY}) >= 4"
               f" AND count(*) FILTER (WHERE t > {NOW} - 60 * {DAY}) = 0",
    "top-tenth": f"SELECT who FROM sums WHERE ordered >= {bound('everyone')}",
    "top-tenth-90-days": f"SELECT who FROM sums WHERE ordered_90_days >= {bound('everyone_90_days')}",
    "best-regulars": f"SELECT who FROM sums WHERE orders >= 2 AND ordered >= {bound('repeat_buyers')}",
    "two-countries-90-days": f"SELECT who FROM ordered WHERE t > {NOW} - 90 * {DAY} GROUP BY 1"
                             " HAVING count(DISTINCT country) >= 2",
    "returned-soon": "SELECT DISTINCT who FROM ordered JOIN refunds USING (who, stock)"
                     " WHERE (refunds.t, refunds.first_line) > (ordered.t, ordered.first_line)"
                     f" AND refunds.t - ordered.t <= 30 * {DAY}",
    "every-week-of-november": "SELECT who FROM persons WHERE event = 'Order Completed'"
                              " AND substr(at, 1, 7) = '2011-11' GROUP BY who"
                              " HAVING count(DISTINCT strftime('%W', at)) = 5",
    "each-of-three-months": "SELECT who FROM persons WHERE event = 'Order Completed'"
                            f" AND substr(at, 1, 7) IN ({MONTHS}) GROUP BY who"
                            " HAVING count(DISTINCT substr(at, 1, 7)) = 3",
    "cakestand-then-teacups": f"SELECT DISTINCT a.who FROM ordered a JOIN ordered b ON {TEACUPS_AFTER}"
                              f" WHERE {CAKESTAND}",
    "cakestand-alone": f"SELECT DISTINCT a.who FROM ordered a LEFT JOIN ordered b ON {TEACUPS_AFTER} WHERE {CAKESTAND}"
                       f" AND a.t > {NOW} - 180 * {DAY} AND a.t <= {NOW} - 60 * {DAY} AND b.who IS NULL",
    "quick-second": f"SELECT who FROM ({PLACED}) WHERE place = 2 AND t - before <= 30 * {DAY}",
    "growing": f"SELECT who FROM ({PLACED}) WHERE from_end <= 4 GROUP BY who HAVING count(*) = 4"
               " AND count(*) FILTER (WHERE from_end <= 3 AND milli > milli_before) = 3",
}
# What these are depends on when everyone was ranked, which a server does when it sees fit.
RANKED = {"top-tenth", "top-tenth-90-days", "best-regulars"}

TRAITS = {
    "revenue": "SELECT who, ordered / 1000.0 FROM sums",
    "net_revenue": "SELECT who, (ordered - refunded) / 1000.0 FROM sums",
    "average_order": f"SELECT who, sum(milli) / 1000.0 / count(*) {ORDERS}",
    "favourite_product": "SELECT who, stock FROM (SELECT who, stock,"
                         " row_number() OVER (PARTITION BY who ORDER BY count(*) DESC, stock) AS place"
                         " FROM ordered GROUP BY 1, 2) WHERE place = 1",
    "products_bought": "SELECT who, coalesce(products, 0) FROM sums LEFT JOIN"
                       " (SELECT who, count(DISTINCT stock) AS products FROM ordered GROUP BY 1) USING (who)",
    "largest_line": "SELECT who, max(quantity) FROM ordered GROUP BY 1",
    "last_order": f"SELECT who, replace(max(at), ' ', 'T') || 'Z' {ORDERS}",
    "refunded_share": "SELECT who, refunded / ordered FROM sums WHERE ordered > 0",
    "revenue_90_days": "SELECT who, ordered_90_days / 1000.0 FROM sums",
    "orders_30_days": f"SELECT who, count(*) FILTER (WHERE event = 'Order Completed' AND t > {NOW} - 30 * {DAY})"
                      " FROM persons GROUP BY 1",
    "largest_order_90_days": "SELECT who, max(milli) / 1000.0 FROM persons WHERE event = 'Order Completed'"
                             f" AND t > {NOW} - 90 * {DAY} GROUP BY 1",
    "days_since_order": f"SELECT who, ({NOW} - max(t)) / {DAY} {ORDERS}",
}
MOVING = {"days_since_order"}  # another value at each moment that somebody asks

