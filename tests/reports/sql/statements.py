"""What people must not get away with, what only looks like it, and what a question may look like."""
# ruff: noqa: E501  (a statement a line)

from __future__ import annotations


def lines(text: str) -> list[str]:
    """Return the statements of a list, one a line."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


# --- Refused before anything is sent to the server ---------------------------------------------------------------

STACKED = lines("""
    SELECT 1; SELECT 2
    SELECT 1; DROP TABLE orders_order
    SELECT 1;; DELETE FROM orders_order
    ; DELETE FROM orders_order
    SELECT 1 /* */ ; /* */ TRUNCATE customers_user
    COMMIT; DROP TABLE orders_order
    ROLLBACK; SET default_transaction_read_only = off; DELETE FROM orders_order
    SELECT ';' ; SELECT 1
    SELECT 1; -- SELECT 2
    """)[:-1]
WRITES = lines("""
    DELETE FROM orders_order
    delete from reporting.orders
    INSERT INTO customers_store (slug) VALUES ('x')
    INSERT INTO orders SELECT * FROM orders
    UPDATE customers_user SET role = 'super_admin'
    UPDATE orders SET status = 'PAID'
    MERGE INTO orders o USING customers c ON true WHEN MATCHED THEN DELETE
    TRUNCATE orders_order
    TRUNCATE TABLE customers_user CASCADE
    DROP TABLE orders_order
    DROP SCHEMA reporting CASCADE
    DROP ROLE dealport_sql
    CREATE TABLE stolen AS SELECT * FROM orders
    CREATE TEMP TABLE t (x int)
    CREATE VIEW v AS SELECT 1
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
    CREATE EXTENSION dblink
    CREATE ROLE x SUPERUSER
    ALTER ROLE CURRENT_USER SUPERUSER
    ALTER TABLE orders_order ADD COLUMN x int
    ALTER SYSTEM SET fsync = off
    GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC
    REVOKE ALL ON customers_user FROM CURRENT_USER
    COMMENT ON VIEW reporting.orders IS 'x'
    REINDEX TABLE orders_order
    REFRESH MATERIALIZED VIEW x
    IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z
    SECURITY LABEL ON TABLE orders_order IS 'x'
    CLUSTER orders_order
    ANALYZE
    VACUUM FULL
    CHECKPOINT
    """)
HIDDEN_WRITES = lines("""
    WITH gone AS (DELETE FROM orders_order RETURNING *) SELECT * FROM gone
    WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone
    WITH new AS (INSERT INTO customers_store (slug) VALUES ('x') RETURNING id) SELECT * FROM new
    WITH up AS (UPDATE customers_user SET role = 'super_admin' RETURNING id) SELECT 1
    WITH m AS (MERGE INTO orders o USING customers c ON true WHEN MATCHED THEN DELETE RETURNING 1) SELECT 1 FROM m
    WITH a AS (SELECT 1), b AS (WITH c AS (DELETE FROM orders RETURNING 1) SELECT * FROM c) SELECT * FROM b
    WITH a AS (SELECT 1) DELETE FROM orders
    WITH a AS (SELECT 1) INSERT INTO orders SELECT * FROM a
    WITH a AS (SELECT 1) UPDATE orders SET id = 1
    SELECT * FROM (DELETE FROM orders RETURNING *) x
    SELECT 1 WHERE EXISTS (DELETE FROM orders RETURNING 1)
    SELECT * INTO stolen FROM orders
    SELECT 1 INTO TEMP stolen
    SELECT * INTO UNLOGGED stolen FROM orders
    SELECT 1 AS a INTO TEMPORARY TABLE pg_temp.stolen
    (SELECT 1 INTO stolen)
    SELECT 1 UNION SELECT 2 INTO stolen
    EXPLAIN SELECT 1
    EXPLAIN ANALYZE DELETE FROM orders_order
    EXPLAIN (ANALYZE, BUFFERS) INSERT INTO customers_store (slug) VALUES ('x')
    EXPLAIN ANALYZE SELECT set_config('a.b', 'c', false)
    SELECT * FROM orders FOR UPDATE
    SELECT * FROM orders FOR NO KEY UPDATE
    SELECT * FROM orders FOR SHARE
    SELECT * FROM orders FOR KEY SHARE
    SELECT * FROM orders o FOR UPDATE OF o NOWAIT
    SELECT * FROM (SELECT * FROM orders FOR UPDATE SKIP LOCKED) x
    WITH a AS (SELECT * FROM orders FOR SHARE) SELECT * FROM a
    """)
COMMANDS = lines("""
    COPY orders_order TO STDOUT
    COPY customers_user TO '/tmp/x'
    COPY (SELECT 1) TO PROGRAM 'touch /tmp/dealport-was-here'
    COPY orders_order FROM PROGRAM 'id'
    DO $$ BEGIN DELETE FROM orders_order; END $$
    DO LANGUAGE plpgsql 'BEGIN PERFORM 1; END'
    CALL some_procedure()
    PREPARE p AS DELETE FROM orders_order
    EXECUTE p
    EXECUTE IMMEDIATE 'SELECT 1'
    DEALLOCATE ALL
    DECLARE c CURSOR WITH HOLD FOR SELECT 1
    FETCH ALL FROM c
    MOVE 1 IN c
    CLOSE ALL
    LISTEN spam
    UNLISTEN *
    NOTIFY spam, 'x'
    LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE
    SET statement_timeout = 0
    SET SESSION AUTHORIZATION postgres
    SET ROLE postgres
    SET LOCAL work_mem = '10GB'
    SET TRANSACTION READ WRITE
    SET search_path TO public
    RESET ALL
    RESET statement_timeout
    SHOW data_directory
    SHOW ALL
    DISCARD ALL
    BEGIN READ WRITE
    START TRANSACTION
    COMMIT
    ROLLBACK
    SAVEPOINT a
    PREPARE TRANSACTION 'x'
    LOAD 'plpgsql'
    USE public
    DESCRIBE orders
    PRAGMA table_info(orders)
    ATTACH 'x' AS y
    KILL 1
    TABLE customers_user
    TABLE orders
    """)
SETTINGS = lines(r"""
    SELECT set_config('statement_timeout', '0', false)
    SELECT SET_CONFIG('statement_timeout', '0', false)
    SELECT pg_catalog.set_config('statement_timeout', '0', false)
    SELECT "set_config"('statement_timeout', '0', false)
    SELECT "pg_catalog"."set_config"('statement_timeout', '0', false)
    SELECT set_config /* hidden */ ('statement_timeout', '0', false)
    SELECT pg_catalog . /* */ set_config ('statement_timeout', '0', false)
    SELECT U&"set\005fconfig"('statement_timeout', '0', false)
    SELECT U&"set!005fconfig" UESCAPE '!' ('statement_timeout', '0', false)
    SELECT 1 FROM set_config('statement_timeout', '0', false)
    SELECT x FROM set_config('statement_timeout', '0', false) AS x
    SELECT 1 FROM orders, LATERAL set_config('statement_timeout', '0', false) AS x
    SELECT 1 WHERE set_config('statement_timeout', '0', false) IS NULL
    SELECT 1 ORDER BY set_config('statement_timeout', '0', false)
    SELECT 1 LIMIT set_config('statement_timeout', '0', false)::int
    SELECT 1 OFFSET (SELECT set_config('statement_timeout', '0', false)::int)
    VALUES (set_config('statement_timeout', '0', false))
    SELECT count(*) FILTER (WHERE set_config('a.b', 'c', false) = 'c') FROM orders
    SELECT rank() OVER (ORDER BY set_config('a.b', 'c', false)) FROM orders
    SELECT sum(1) OVER (PARTITION BY set_config('a.b', 'c', false)) FROM orders
    SELECT sum(1) OVER w FROM orders WINDOW w AS (ORDER BY set_config('a.b', 'c', false))
    SELECT 1 FROM orders GROUP BY set_config('a.b', 'c', false)
    SELECT 1 FROM orders HAVING set_config('a.b', 'c', false) = 'c'
    SELECT DISTINCT ON (set_config('a.b', 'c', false)) 1 FROM orders
    SELECT CASE WHEN set_config('a.b', 'c', false) = 'c' THEN 1 END
    SELECT coalesce(NULL, set_config('a.b', 'c', false))
    SELECT 'x' LIKE set_config('a.b', 'c', false)
    SELECT 1 FROM orders a JOIN orders b ON set_config('a.b', 'c', false) = 'c'
    WITH RECURSIVE t AS (SELECT set_config('a.b', 'c', false) x UNION ALL SELECT x FROM t) SELECT 1 FROM t
    SELECT ＳＥＴ_CONFIG('a.b', 'c', false)
    SELECT current_setting('data_directory')
    SELECT pg_catalog.current_setting('data_directory', true)
    SELECT extract("set_config('a.b', 'c', false) FROM now()) --" FROM placed_at) FROM orders
    """)
FUNCTIONS = lines("""
    SELECT pg_advisory_lock(1)
    SELECT pg_try_advisory_lock(1)
    SELECT pg_advisory_xact_lock(1, 2)
    SELECT pg_advisory_lock_shared(1)
    SELECT pg_advisory_unlock_all()
    SELECT pg_sleep(60)
    SELECT pg_sleep_for('1 minute')
    SELECT count(*) FROM orders, pg_sleep(60)
    SELECT pg_read_file('/etc/passwd')
    SELECT pg_read_binary_file('/etc/passwd')
    SELECT * FROM pg_ls_dir('/')
    SELECT * FROM pg_stat_file('/etc/passwd')
    SELECT pg_terminate_backend(1)
    SELECT pg_cancel_backend(1)
    SELECT pg_reload_conf()
    SELECT pg_rotate_logfile()
    SELECT pg_switch_wal()
    SELECT pg_notify('spam', 'x')
    SELECT pg_export_snapshot()
    SELECT pg_create_logical_replication_slot('x', 'y')
    SELECT pg_logical_emit_message(true, 'a', 'b')
    SELECT pg_get_viewdef('reporting.orders')
    SELECT pg_get_functiondef(1)
    SELECT pg_relation_size('orders_order')
    SELECT pg_stat_reset()
    SELECT pg_current_xact_id()
    SELECT txid_current()
    SELECT lo_create(0)
    SELECT lo_import('/etc/passwd')
    SELECT lo_from_bytea(0, 'x')
    SELECT lo_export(1, '/tmp/x')
    SELECT lo_unlink(1)
    SELECT lo_get(1)
    SELECT loread(1, 1)
    SELECT lowrite(1, 'x')
    SELECT dblink('host=127.0.0.1', 'DELETE FROM orders_order')
    SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t(x int)
    SELECT dblink_connect('host=127.0.0.1')
    SELECT dblink_exec('DROP TABLE orders_order')
    SELECT query_to_xml('SELECT * FROM customers_user', true, true, '')
    SELECT query_to_xmlschema('SELECT 1', true, true, '')
    SELECT query_to_xml_and_xmlschema('SELECT set_config(''a.b'', ''c'', false)', true, true, '')
    SELECT table_to_xml('customers_user', true, true, '')
    SELECT schema_to_xml('public', true, true, '')
    SELECT database_to_xml(true, true, '')
    SELECT cursor_to_xml('c', 1, true, true, '')
    SELECT xpath('//x', query_to_xml('SELECT 1', true, true, ''))
    SELECT * FROM ts_stat('SELECT password FROM customers_user')
    SELECT ts_rewrite('a'::tsquery, 'SELECT 1')
    SELECT ts_debug('x')
    SELECT nextval('orders_order_id_seq')
    SELECT setval('orders_order_id_seq', 1)
    SELECT currval('orders_order_id_seq')
    SELECT lastval()
    SELECT has_table_privilege('customers_user', 'SELECT')
    SELECT to_regclass('customers_user')
    SELECT 'customers_user'::regclass
    SELECT CAST('set_config' AS regproc)
    SELECT 'postgres'::regrole::oid
    SELECT regclass 'customers_user'
    SELECT current_user
    SELECT session_user
    SELECT version()
    SELECT inet_server_addr()
    SELECT current_database()
    SELECT current_schemas(true)
    SELECT user
    SELECT '<x/>'::xml
    SELECT xmlparse(document '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>')
    SELECT row_to_json(o) FROM orders o
    SELECT o.row_to_json FROM orders o
    SELECT o.to_jsonb, 1 AS to_jsonb FROM orders o
    SELECT (o).row_to_json FROM orders o
    SELECT o FROM orders o
    SELECT o::text FROM orders o
    SELECT (o.*)::text FROM orders o
    SELECT md5(o.*) FROM orders o
    SELECT concat(o.*) FROM orders o
    SELECT count(DISTINCT o.*) FROM orders o
    SELECT 1 FROM orders o WHERE o.* IS NOT NULL
    SELECT 1 FROM orders o GROUP BY o.*
    SELECT 1 FROM orders o ORDER BY o.*
    SELECT CASE WHEN true THEN o.* END FROM orders o
    SELECT o FROM orders o ORDER BY lower(o)
    SELECT 1 AS o FROM orders o ORDER BY (SELECT o::text)
    SELECT encode('x', 'base64')
    SELECT convert_from('x', 'utf8')
    SELECT reporting.too_wide()
    SELECT bounded(1)
    SELECT pg_column_size(1)
    SELECT f(VARIADIC ARRAY[1])
    SELECT 1 OPERATOR(pg_catalog.+) 2
    SELECT sum(id) FROM unnest(pg_ls_dir('/')) id
    SELECT random()
    SELECT gen_random_uuid()
    """)
RELATIONS = lines("""
    SELECT * FROM customers_user
    SELECT email, password FROM customers_user
    SELECT * FROM public.customers_user
    SELECT * FROM "public"."customers_user"
    SELECT * FROM dealport.public.customers_user
    SELECT * FROM Customers_User
    SELECT * FROM ONLY customers_user
    SELECT * FROM customers_user *
    SELECT webhook_secret FROM customers_store
    SELECT webhook_secret FROM stores
    SELECT s.webhook_secret FROM stores s
    SELECT * FROM django_session
    SELECT * FROM customers_refreshtoken
    SELECT * FROM customers_idempotencyrecord
    SELECT * FROM reports_queryrun
    SELECT * FROM django_migrations
    SELECT (SELECT password FROM customers_user LIMIT 1)
    SELECT 1 FROM orders WHERE EXISTS (SELECT 1 FROM customers_user)
    SELECT 1 FROM orders JOIN customers_user ON true
    SELECT 1 FROM orders UNION SELECT id FROM customers_user
    WITH orders AS (SELECT * FROM customers_user) SELECT * FROM orders
    SELECT * FROM orders, customers_user
    SELECT * FROM (TABLE customers_user) x
    SELECT * FROM pg_catalog.pg_shadow
    SELECT * FROM pg_authid
    SELECT usename, passwd FROM pg_user
    SELECT * FROM pg_roles
    SELECT * FROM pg_stat_activity
    SELECT * FROM pg_settings
    SELECT * FROM pg_hba_file_rules
    SELECT * FROM pg_class
    SELECT * FROM pg_proc
    SELECT * FROM pg_stats
    SELECT * FROM pg_largeobject
    SELECT * FROM pg_prepared_statements
    SELECT * FROM pg_locks
    SELECT * FROM pg_file_settings
    SELECT * FROM information_schema.tables
    SELECT * FROM information_schema.columns
    SELECT * FROM INFORMATION_SCHEMA.ROLE_TABLE_GRANTS
    SELECT * FROM pg_temp.orders
    SELECT * FROM reporting.customers_user
    SELECT * FROM U&"customers\\005fuser"
    SELECT * FROM '/etc/passwd'
    SELECT * FROM read_csv('/etc/passwd')
    SELECT * FROM orders TABLESAMPLE SYSTEM (10)
    SELECT * FROM ROWS FROM (generate_series(1, 2), pg_sleep(9))
    SELECT * FROM XMLTABLE('/x' PASSING '<x/>' COLUMNS a text)
    SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int PATH '$'))
    SELECT * FROM jsonb_populate_recordset(null::customers_user, '[]')
    SELECT null::customers_user
    SELECT orders.ctid FROM orders
    SELECT xmin FROM orders
    SELECT tableoid FROM orders
    """)
NESTED_JOINS = lines("""
    SELECT count(*) FROM orders o JOIN refunds r JOIN pg_catalog.pg_class c ON true ON r.order_id = o.id
    SELECT 1 FROM orders o LEFT JOIN refunds r LEFT JOIN pg_stat_activity a ON true ON true
    SELECT 1 FROM orders o JOIN refunds r JOIN customers_user u USING (id) USING (id)
    SELECT 1 FROM orders o JOIN refunds r CROSS JOIN pg_settings s ON true
    SELECT 1 FROM orders o JOIN refunds r NATURAL JOIN pg_roles s ON true
    SELECT 1 FROM orders o JOIN refunds r INNER JOIN LATERAL (SELECT r.row_to_json) x ON true ON true
    SELECT 1 FROM orders o JOIN refunds r, pg_roles ON true
    SELECT 1 FROM orders o JOIN generate_series(1, 2) g JOIN stores s ON g.pg_notify IS NULL ON true
    SELECT 1 FROM orders o JOIN generate_series(1, 2) g JOIN (SELECT u.version FROM unnest(ARRAY['x']) u) v ON true ON true
    SELECT 1 FROM orders o JOIN stores s JOIN (VALUES (1)) AS v(x) ON s.txid_current > 0 ON true
    WITH a AS (SELECT 1 AS x) SELECT 1 FROM a JOIN stores s JOIN pg_user u ON true ON true
    SELECT 1 FROM (SELECT 1 FROM stores a JOIN stores b JOIN pg_user c ON true ON true) x
    SELECT 1 WHERE EXISTS (SELECT 1 FROM stores a JOIN stores b FULL JOIN pg_user c ON true ON true)
    SELECT 1 FROM stores AS natural JOIN orders b JOIN pg_user c ON true ON true
    SELECT 1 FROM stores a JOIN orders b
    SELECT 1 FROM (SELECT 1 FROM stores a JOIN orders b) x
    SELECT 1 FROM stores a JOIN orders b UNION SELECT 1 FROM stores a JOIN orders b ON true
    SELECT 1 FROM (orders o JOIN pg_user u ON true)
    SELECT 1 FROM (orders o CROSS JOIN refunds r) JOIN stores s ON true
    SELECT 1 FROM orders o SEMI JOIN stores s ON true
    SELECT 1 FROM orders o CROSS APPLY stores s
    SELECT 1 FROM orders o STRAIGHT_JOIN stores s
    """)
PARTS_OF_NODES = lines("""
    SELECT * FROM orders PIVOT (sum(total_amount) FOR status IN ('PAID')) AS p
    SELECT * FROM orders FOR SYSTEM_TIME AS OF now() AS o
    SELECT * FROM orders LATERAL VIEW explode(x) t AS y
    SELECT * FROM ONLY orders
    SELECT * FROM orders TABLESAMPLE BERNOULLI (5) AS o
    SELECT * EXCEPT (id) FROM orders
    SELECT * REPLACE (1 AS id) FROM orders
    SELECT 1 FROM orders GROUP BY ALL
    SELECT status FROM orders GROUP BY ROLLUP (status)
    SELECT status FROM orders GROUP BY GROUPING SETS ((status), ())
    SELECT id FROM orders QUALIFY row_number() OVER (ORDER BY id) = 1
    SELECT id FROM orders FETCH FIRST 10 PERCENT ROWS ONLY
    SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM orders
    SELECT 1 UNION BY NAME SELECT 2
    SELECT 1 UNION CORRESPONDING SELECT 2
    SELECT TRY_CAST('x' AS int)
    SELECT CAST('x' AS int FORMAT 'y')
    SELECT CAST('x' AS int DEFAULT 1 ON CONVERSION ERROR)
    SELECT 'x'::varchar(10) COLLATE "C"
    SELECT sum(id ORDER BY id) FROM orders
    SELECT lag(id) IGNORE NULLS OVER (ORDER BY id) FROM orders
    SELECT STRUCT(1)
    SELECT AS STRUCT 1
    SELECT HIGH_PRIORITY id FROM orders
    SELECT 1 IN UNNEST(ARRAY[1])
    SELECT current_timestamp(2)
    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SEARCH DEPTH FIRST BY n SET o SELECT 1 FROM t
    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) CYCLE n SET c USING p SELECT 1 FROM t
    WITH pg_class AS (SELECT 1 AS x) SELECT x FROM pg_class
    WITH "pg_roles" AS (SELECT 1 AS x) SELECT 1
    """)
NUMBERS = [
    "SELECT mod('1e130000', 7.5)",
    "SELECT greatest(' -3.5E+0099999 ', 1.5)",
    "SELECT 1.5 UNION SELECT '" + "7" * 400 + "'",
    "SELECT 2 * '0x" + "f" * 300 + "'",
    "SELECT lpad('x', " + "4" * 4400 + ")",
    "SELECT repeat('y', " + "0" * 4999 + "7)",
    "SELECT CAST('a' AS varchar(" + "3" * 6000 + "))",
    "SELECT 2.5::numeric(" + "1" * 4500 + ", 2)",
    "SELECT 1 AS a LIMIT " + "8" * 4301,
    "SELECT id FROM orders ORDER BY " + "1" * 5001,
    "SELECT " + "1." + "0" * 9000,
    "SELECT 1e99999",
    "SELECT 1e" + "9" * 4500,
    "SELECT sum(id) OVER (ROWS " + "2" * 4400 + " PRECEDING) FROM orders",
]
COMMENTS = [
    "SELECT id FROM orders -- all of them\rWHERE id < 0",
    "SELECT 1 -- one\r+ 1",
    "SELECT 1 --\r\n-- two\r, 2",
    "SELECT count(*)\rFROM orders",
]
SPELLINGS = [
    *lines(r"""
    SELECT E'\'; DROP TABLE orders_order; --'
    SELECT E'\x41'
    SELECT U&'\0061'
    SELECT U&'d!0061t' UESCAPE '!'
    SELECT $$a$$
    SELECT $tag$ '; DROP TABLE orders_order; -- $tag$
    SELECT B'101'
    SELECT X'1F'
    SELECT N'x'
    SELECT 1_000
    SELECT number, FROM orders
    SELECT greatest(1, , 2)
    SELECT 1,
    SELECT .5
    SELECT 1a
    SELECT 0x1F
    SELECT 'unclosed
    SELECT "unclosed
    SELECT 1 /* unclosed
    SELECT 1 /* a /* b */
    SELECT $1
    SELECT :name
    SELECT %s
    SELECT %(name)s
    SELECT ?
    SELECT @x
    SELECT {{ x }}
    \dt
    \! id
    SELECT 1 \gexec
    /*! DELETE FROM orders */
    SELECT ARRAY(SELECT email FROM customers)
    SELECT ARRAY[1, 2]
    SELECT ARRAY[1, 2]::text
    SELECT '{1,2}'::int[]
    SELECT (1, 2)
    SELECT ROW(1, 2)
    SELECT (1, 2)::text
    SELECT 1 FROM stores s WHERE s.id = (1, 2) IS NULL
    SELECT 1 FROM stores s WHERE (1, 2) < s.id
    SELECT 'x' COLLATE "C"
    SELECT 'a' 'b'
    SELECT interval '3' day
    SELECT interval '1-2' year to month
    SELECT interval(3) '1 second'
    SELECT 2 ^ 100
    SELECT -1 || 'x'
    SELECT 1 = 2 NOT IN (1)
    SELECT FROM orders
    SELECT
    -- nothing
    """),
    "SELECT 'a'\n'b'",
    "",
    "   ",
    ";",
    "SELECT 'a\x00b'",
    "SELECT 1\x00; DROP TABLE orders_order",
    "SELECT 1 \x1a",
    "SELECT '\ud800'",
    "SELECT 1 AS " + "x" * 64,
]
TOO_MUCH = [
    "SELECT id" + "[1]" * 51 + " FROM orders",
    "WITH RECURSIVE a AS ((" * 18 + "SELECT 1" + ") UNION ALL SELECT 1) SELECT 1" * 18,
    "SELECT repeat('x', 1000000000)",
    "SELECT repeat('x', 1000000000::int)",
    "SELECT repeat('x', 101)",
    "SELECT length(repeat('x', (SELECT 2147483647)))",
    "SELECT lpad('x', 1000000000)",
    "SELECT rpad('x', 1000000000, 'y')",
    "SELECT format('%1000000000s', 'x')",
    "SELECT 'x'::char(100000000)",
    "SELECT 'x'::varchar(100000000)",
    "SELECT '1'::bit(80000000)",
    "SELECT string_agg(number, ',') FROM orders",
    "SELECT array_agg(number) FROM orders",
    "SELECT json_agg(number) FROM orders",
    "SELECT jsonb_agg(number) FROM orders",
    "SELECT xmlagg(number) FROM orders",
    "SELECT array_fill(0, '{100000000}')",
    "SELECT replace('aaa', 'a', number) FROM orders",
    "SELECT replace('a', 'a', '" + "x" * 101 + "')",
    "SELECT regexp_replace(number, '.', '\\&\\&', 'g') FROM orders",
    "SELECT to_char(now(), number) FROM orders",
    "SELECT factorial(100000)",
    "SELECT generate_series(1, 1000000000)",
    "SELECT " + ", ".join(["1"] * 201),
    "SELECT o.*, p.*, q.*, r.*, s.*, t.*, u.*, v.* FROM orders o, orders p, orders q, orders r, orders s, orders t,"
    " orders u, orders v",
    "SELECT 1 FROM " + ", ".join(f"orders o{n}" for n in range(21)),
    "SELECT " + "(" * 500 + "1" + ")" * 500,
    "SELECT " + "- " * 3000 + "1",
    "SELECT " + "NOT " * 3000 + "true",
    "SELECT " + "+".join(["1"] * 6000),
    "SELECT " + " || ".join(["'x'"] * 51),
    "SELECT concat(" + ", ".join(["'x'"] * 51) + ")",
    "SELECT 1 WHERE 1 = ANY(ARRAY[" + ", ".join(["1"] * 51) + "])",
    "SELECT " + "CASE WHEN true THEN " * 300 + "1" + " END" * 300,
    "SELECT '" + "x" * 20_000 + "'",
    "SELECT 1" + " UNION ALL SELECT 1" * 1500,
    "SELECT 1 WHERE " + "(SELECT " * 60 + "true" + ")" * 60,
    "SELECT " + "9" * 200,
]
REFUSED = [
    *STACKED, *WRITES, *HIDDEN_WRITES, *COMMANDS, *SETTINGS, *FUNCTIONS, *RELATIONS, *NESTED_JOINS, *PARTS_OF_NODES,
    *NUMBERS, *COMMENTS, *SPELLINGS, *TOO_MUCH,
]  # fmt: skip

# --- Sent to the server, and stopped there ------------------------------------------------------------------------

GROWING = {
    "doubled": "WITH RECURSIVE t(x) AS (SELECT 'xxxx' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
    "concatenated": "WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT concat(x, x) FROM t) SELECT count(x) FROM t",
    "repeated": "SELECT length(repeat(repeat(repeat(repeat('x', 100), 100), 100), 100))",
    "padded and joined": "SELECT length(repeat(lpad('x', 1000) || rpad('y', 1000, 'z'), 100))",
    "replaced": "SELECT replace(replace(repeat('a', 100), 'a', '" + "a" * 100 + "'), 'a', '" + "b" * 100 + "')",
    "nested": "SELECT a || a FROM (SELECT a || a AS a FROM (SELECT a || a AS a FROM (SELECT repeat(repeat(repeat('x',"
    " 100), 100), 5) AS a) x) y) z",
}
LARGE_NUMBERS = {
    "power": "SELECT length(power(3::numeric, 90000)::text)",
    "squares": "SELECT x * x FROM (SELECT x * x AS x FROM (SELECT x * x AS x FROM (SELECT 1e300 AS x) a) b) c",
    "recursion": "WITH RECURSIVE t(x) AS (SELECT 7.5 UNION ALL SELECT x * x FROM t) SELECT count(x) FROM t",
    "recursion of sums": "WITH RECURSIVE t(x) AS (SELECT 1e990 UNION ALL SELECT x + x + x FROM t) SELECT count(x) FROM t",
    "a long text": "SELECT repeat(repeat('9', 100), 100)::numeric % 7",
    "a text with an exponent": "SELECT mod(('1e' || 130000)::numeric, 7.1)",
    "to_number": "SELECT to_number(repeat(repeat('9', 100), 20), repeat(repeat('9', 100), 11))",
    "exponential": "SELECT exp(n * 3000.5) FROM generate_series(1, 3) n",
    "variance": "SELECT variance(y) FROM (SELECT variance(x) AS y FROM (SELECT n * 1e700 AS x FROM generate_series(1, 3) n) a) b",
    "a product of a row": "SELECT a * b * a * b FROM (SELECT 1e400 + 1 AS a, 1e450 + 1 AS b) x",
    "a sorted value": "SELECT mode() WITHIN GROUP (ORDER BY repeat('y', 90) || repeat(n::text, 100)) FROM generate_series(1, 5000) n",
    "a wide value sorted often": "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM (SELECT repeat(repeat('z', 90), 90) AS x) y, generate_series(1, 9) n",
    "a partition": "SELECT count(*) OVER (PARTITION BY lpad('x', 1000) || n) FROM generate_series(1, 5) n",
    "a named window": "SELECT rank() OVER w FROM generate_series(1, 5) n WINDOW w AS (ORDER BY rpad(n::text, 900))",
    "a long set": "SELECT ltrim(repeat('a', 100), repeat(repeat('b', 100), 11))",
    "a long needle": "SELECT strpos(repeat('a', 100), repeat(repeat('b', 100), 11))",
    "a long map": "SELECT translate('abc', repeat(repeat('b', 100), 11), '')",
    "a long position": "SELECT position(repeat(repeat('b', 100), 11) IN 'abc')",
    "a long trim": "SELECT trim(BOTH repeat(repeat('b', 100), 11) FROM 'abc')",
}
WIDE_BUT_CALLED_ANSWER = "SELECT 1 AS answer, " + ", ".join(["x"] * 30) + " FROM (SELECT repeat(repeat(repeat('x',"
WIDE_BUT_CALLED_ANSWER += " 100), 100), 9) AS x) AS given"
WIDE = "SELECT " + ", ".join(["x"] * 30) + " FROM (SELECT repeat(repeat(repeat('x', 100), 100), 9) AS x) AS wide"
ENDLESS = {
    "recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    "recursion that spills": "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "series": "SELECT count(*) FROM generate_series(1, 1000000000000) AS n",
    "cross join": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    "cross join of views": "SELECT count(*) FROM orders a, orders b, generate_series(1, 100000000000) c",
    "sort": "SELECT n FROM generate_series(1, 1000000000) n ORDER BY n DESC",
    "regular expression": "SELECT count(*) FROM generate_series(1, 100000000) n WHERE (n::text || 'aaaaaaaaaa') ~ '(a|b|aa)*c'",
    "big numbers": "SELECT max(length(exp(500.5 + n % 900)::text)) FROM generate_series(1, 10000000) n",
    "pattern": "SELECT count(*) FROM generate_series(1, 100000000) n WHERE repeat(n::text, 100) LIKE '%a%b%c%d%'",
}

# --- Looks like it, and is answered ---------------------------------------------------------------------------------

HARMLESS: list[tuple[str, list[tuple[object, ...]]]] = [
    ("SELECT '''; DROP TABLE orders_order; --'", [("'; DROP TABLE orders_order; --",)]),
    ("SELECT 'DELETE FROM customers_user'", [("DELETE FROM customers_user",)]),
    ("SELECT 1 AS update", [(1,)]),
    ('SELECT 1 AS "update", 2 AS "DELETE", 3 AS "drop table"', [(1, 2, 3)]),
    ('SELECT "update" FROM (SELECT 5 AS "update") AS "insert"', [(5,)]),
    ('SELECT "set_config" FROM (SELECT 6 AS "set_config") AS x', [(6,)]),
    ("SELECT set_config FROM (SELECT 6 AS set_config) AS pg_sleep", [(6,)]),
    ("SELECT 1 -- ; DELETE FROM orders", [(1,)]),
    ("SELECT /* UPDATE customers_user SET role = 'x'; */ 1", [(1,)]),
    ("SELECT 1 /* a /* nested */ DROP */ + 1", [(2,)]),
    ("SELECT 1;", [(1,)]),
    ("SELECT 1 ; -- the end", [(1,)]),
    ("SELECT 'a' LIKE '%delete%', 'to delete it' LIKE '%delete%'", [(False, True)]),
    ("SELECT 'pg_sleep(10)' ILIKE 'PG_SLEEP%'", [(True,)]),
    (r"SELECT 'back\slash', '\'", [("back\\slash", "\\")]),
    (r"SELECT '\u0061 $$ E''x'' U&'", [("\\u0061 $$ E'x' U&",)]),
    ("SELECT '--', '/*', '*/', ';'", [("--", "/*", "*/", ";")]),
    ("SELECT '%s %(x)s :x $1 ? {{ x }}'", [("%s %(x)s :x $1 ? {{ x }}",)]),
    ("SELECT 5 % 3, 'ü€😀'", [(2, "ü€😀")]),
    ('SELECT "Ünï" FROM (SELECT 1 AS "Ünï") AS x', [(1,)]),
    ('SELECT \'x\' AS "a""b"', [("x",)]),
    ("select NUMBER from ORDERS where Number like 'ORD-%' and status = 'nothing'", []),
    ("SELECT count(*) AS count FROM reporting.orders", [(2,)]),
    ('SELECT count(*) FROM "reporting"."orders" AS "users"', [(2,)]),
    ("WITH customers_user AS (SELECT 1 AS password) SELECT password FROM customers_user", [(1,)]),
    ("WITH orders AS (SELECT 'mine' AS x) SELECT x FROM orders", [("mine",)]),
    ("SELECT replace('selected', 'select', 'insert')", [("inserted",)]),
    ("SELECT 'INTO', 'FOR UPDATE' AS \"into\"", [("INTO", "FOR UPDATE")]),
    ("VALUES (1, 'copy'), (2, 'grant')", [(1, "copy"), (2, "grant")]),
    ("SELECT extract(year FROM date '2026-11-20')", [(2026,)]),
    ("SELECT o.left FROM (SELECT 3 AS left) AS o", [(3,)]),
    ("SELECT upper FROM (SELECT 'x' AS upper) AS lower", [("x",)]),
    ("SELECT sum(n) FROM generate_series(1, 100) AS n", [(5050,)]),
    ("SELECT 1 WHERE 'lock' IN ('listen', 'lock') AND NOT false", [(1,)]),
    ("SELECT 1 AS table_, 2 AS copy, 3 AS explain", [(1, 2, 3)]),
    ("SELECT 1" + " + 0" * 200 + "; -- the end", [(1,)]),
    ("SELECT 1 AS join, 2 AS using", [(1, 2)]),
    ("SELECT o.join FROM (SELECT 4 AS join) AS o", [(4,)]),
    ("SELECT 1 -- one\r\n + 1", [(2,)]),
    (
        "SELECT a.x, c.z FROM (SELECT 1 AS x) a CROSS JOIN (SELECT 2 AS y) b LEFT JOIN (SELECT 3 AS z) c ON c.z > b.y",
        [(1, 3)],
    ),
    (
        "SELECT 1 FROM generate_series(1, 2) a(n) NATURAL LEFT OUTER JOIN generate_series(2, 3) b(n) JOIN stores s ON true",
        [(1,)] * 2,
    ),
]

# --- Means the same, whether it is sent as it is or as it was checked --------------------------------------------------

SAME = lines("""
    SELECT interval '1 day 02:03:04', interval '1.5 hours', interval '-1 day', interval 'P1Y2M'
    SELECT interval '1 month 2 days' * 2, interval '90 minutes' + date '2026-01-31', age(date '2026-03-01', date '2026-01-31')
    SELECT date_trunc('month', timestamptz '2026-03-31 23:30+00') AT TIME ZONE 'Asia/Tokyo'
    SELECT date '2026-01-31' + 1, date '2026-03-01' - date '2026-02-01', timestamp '2026-01-01 10:00' - interval '1 hour'
    SELECT extract(epoch FROM interval '1 day'), extract(isodow FROM date '2026-11-20'), date_part('week', date '2026-11-20')
    SELECT to_char(timestamp '2026-11-20 09:05', 'FMMonth FMDD, YYYY HH24:MI "at" TZ IYYY-IW Q'), to_char(-1234.5, 'S9,999.00')
    SELECT to_date('20 Nov 2026', 'DD Mon YYYY'), to_timestamp('2026', 'YYYY'), to_number('1,234.5', '9G999D9')
    SELECT 7 / 2, 7 / 2.0, -7 / 2, 7 % 3, -7 % 3, mod(7, -3), div(7, 2), 2 * 3 + 4, 2 + 3 * 4, (2 + 3) * 4, - 2 - - 3
    SELECT 'a' || 'b' || 1 || NULL, 'a' || 'b' || 1::text, ('a' || 'b') = 'ab', 'ab' LIKE 'a' || '%'
    SELECT NOT true AND false OR true, NOT (true AND false), true OR true AND false, NOT 1 = 2, NOT NULL IS NULL
    SELECT 1 IN (1, NULL), 2 IN (1, NULL), 2 NOT IN (1, 3), NOT 2 IN (1, 3), 5 BETWEEN 1 AND 10 AND true, 5 NOT BETWEEN 6 AND 7
    SELECT 5 BETWEEN SYMMETRIC 10 AND 1, NULL IS DISTINCT FROM 1, 1 IS NOT DISTINCT FROM 1, NULL IS NOT TRUE, true IS UNKNOWN
    SELECT 'abc' LIKE 'a_c', 'a_c' LIKE 'a!_c' ESCAPE '!', 'ABC' ILIKE 'abc', 'abc' NOT LIKE 'x%', 'abc' SIMILAR TO '(a|b)bc'
    SELECT 'abc' ~ '^a', 'abc' ~* 'B', 'abc' !~ 'x', 'abc' !~* 'B'
    SELECT CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' ELSE 'c' END, CASE 3 WHEN 3 THEN 'x' END, CASE WHEN false THEN 1 END
    SELECT substring('abcdef' FROM 2 FOR 3), substring('abcdef', 2), substring('foobar' FROM 'o.b'), position('c' IN 'abc')
    SELECT trim('  x '), trim(BOTH 'x' FROM 'xax'), trim(LEADING 'x' FROM 'xax'), trim(TRAILING ' ' FROM 'a  '), ltrim('xxa', 'x')
    SELECT left('abc', -1), right('abc', 2), split_part('a,b,c', ',', -1), lpad('7', 3, '0'), rpad('a', 3), repeat('ab', 3)
    SELECT replace('a.b.c', '.', '-'), translate('abc', 'ab', 'x'), reverse('abc'), initcap('hello WORLD'), concat('a', NULL, 1)
    SELECT concat_ws('-', 'a', NULL, 'b'), md5('a'), ascii('a'), length('ü'), octet_length('ü'), char_length('ü'), strpos('abc', 'c')
    SELECT round(2.5), round(-2.5), round(2.345, 2), trunc(2.9), ceil(-1.1), floor(-1.1), ceiling(1.1), sign(-3), abs(-3)
    SELECT power(2, 10), sqrt(2), cbrt(27), exp(1), ln(2.718281828), log(100), log(2, 8), greatest(1, NULL, 3), least(2, 1)
    SELECT coalesce(NULL, NULL, 3), nullif(1, 1), nullif(1, 2), width_bucket(5, 0, 10, 5)
    SELECT '5'::int + 1, 5::text || 'x', 2.7::int, '2026-11-20'::date, 'true'::bool, 1::numeric(5,2), 'abcdef'::varchar(3), -5::int
    SELECT CAST('10:00' AS time), '1e3'::float, 1e3, 0.5, 5., 1.50, 12345678901234567890, 'a''b', ''
    SELECT '11111111-1111-1111-1111-111111111111'::uuid, 'x'::text::varchar, 3::double precision / 2
    SELECT count(*), count(DISTINCT status), min(number), max(total_amount), sum(total_amount), avg(total_amount) FROM orders
    SELECT status, count(*) FILTER (WHERE total_amount > 8) FROM orders GROUP BY status HAVING count(*) > 0 ORDER BY 1
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total_amount), mode() WITHIN GROUP (ORDER BY status) FROM orders
    SELECT number, row_number() OVER (ORDER BY total_amount DESC), lag(number) OVER w, sum(total_amount) OVER (w ROWS UNBOUNDED PRECEDING) FROM orders WINDOW w AS (ORDER BY number) ORDER BY number
    SELECT total_amount, sum(total_amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), ntile(2) OVER (ORDER BY id), first_value(id) OVER (ORDER BY id DESC) = max(id) OVER () FROM orders ORDER BY id
    SELECT n, nth_value(n, 2) OVER (ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM generate_series(1, 3) n
    SELECT DISTINCT ON (status) status, number FROM orders ORDER BY status, number DESC
    SELECT DISTINCT status FROM orders ORDER BY status DESC NULLS LAST
    SELECT o.number, i.name FROM orders o LEFT JOIN order_items i ON i.order_id = o.id AND i.unit_price > 5 ORDER BY 1, 2
    SELECT a.n, b.n FROM generate_series(1, 3) a(n) FULL JOIN generate_series(2, 4) b(n) USING (n) ORDER BY a.n, b.n
    SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(n, t) NATURAL JOIN (VALUES (2, 'x')) AS w(n, u)
    SELECT a.x, b.y FROM (SELECT 1 AS x) a CROSS JOIN (SELECT 2 AS y) b
    SELECT o.number, l.total FROM orders o, LATERAL (SELECT sum(i.net) AS total FROM order_items i WHERE i.order_id = o.id) l ORDER BY 1
    SELECT o.number, l.n FROM orders o JOIN LATERAL generate_series(1, 2) l(n) ON true ORDER BY 1, 2
    SELECT x, ord FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS u(x, ord)
    SELECT number FROM orders WHERE status = ANY(ARRAY['PENDING', 'PAID']) OR total_amount > ALL(SELECT 100)
    SELECT number FROM orders o WHERE EXISTS (SELECT 1 FROM transactions t WHERE t.order_id = o.id) AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id) ORDER BY number
    SELECT number FROM orders WHERE (store_id, status) IN (SELECT id, 'PENDING' FROM stores)
    SELECT (SELECT max(total_amount) FROM orders) - total_amount AS gap FROM orders ORDER BY gap
    WITH a AS (SELECT 1 AS x), b AS MATERIALIZED (SELECT x + 1 AS x FROM a) SELECT a.x, b.x FROM a, b
    WITH RECURSIVE t(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, s || 'a' FROM t WHERE n < 4) SELECT * FROM t ORDER BY n DESC
    SELECT 1 UNION SELECT 2 UNION ALL SELECT 2 EXCEPT SELECT 1 ORDER BY 1
    SELECT 1 AS n UNION ALL (SELECT 3 ORDER BY 1 LIMIT 1) UNION ALL SELECT 2 ORDER BY n DESC
    SELECT 1 UNION SELECT 2 INTERSECT SELECT 2 EXCEPT SELECT 3
    (SELECT 5 EXCEPT SELECT 5) UNION SELECT 6
    SELECT 9 EXCEPT (SELECT 9 EXCEPT SELECT 9)
    SELECT 9 EXCEPT SELECT 9 EXCEPT SELECT 9
    SELECT n FROM generate_series(10, 1, -3) n ORDER BY n LIMIT 2 OFFSET 1
    SELECT n FROM generate_series(1, 9) n ORDER BY n % 3, n FETCH FIRST 2 ROWS WITH TIES
    SELECT d::date FROM generate_series(timestamp '2026-01-30', timestamp '2026-02-02', interval '1 day') AS d
    SELECT status AS s, count(*) FROM orders GROUP BY s ORDER BY count(*) DESC, s
    SELECT upper(status) AS status FROM orders ORDER BY status, upper(number) DESC
    SELECT "o"."number" AS "My Number" FROM "orders" AS "o" ORDER BY "My Number"
    SELECT O.NUMBER FROM Orders O ORDER BY o.Number
    SELECT bool_and(total_amount > 0), bool_or(is_imported), every(true), stddev(total_amount), var_pop(total_amount), corr(id, total_amount) FROM orders
    SELECT count(*) AS orders, sum(orders.sales) FROM orders
    SELECT sum(s.n) FROM (SELECT count(*) AS n FROM orders GROUP BY status) s
    SELECT date_bin('15 minutes', timestamp '2026-01-01 10:07', timestamp '2026-01-01'), make_date(2026, 2, 28), justify_days(interval '35 days')
    SELECT now() = current_timestamp, current_date = now()::date, isfinite(date '2026-01-01')
    SELECT (n * 2), -(n * 2), (n * 2)::int, (n + 1)::numeric, CASE WHEN n > 1 THEN 0 ELSE n * 3 END, n::numeric, sum(n::numeric) OVER () FROM generate_series(1, 3) n
    SELECT (a || 'x'), (a || 'x')::varchar, CASE a WHEN 'b' THEN 1 ELSE length(a || 'x') END, (SELECT a || 'y'), (SELECT max(slug || 'z') FROM stores)::text FROM (SELECT 'b' AS a) q
    SELECT power(2.0, 3), (SELECT power(2.0, 3) UNION SELECT 8.0), stddev(n * 1.5), stddev(n * 1.5) FILTER (WHERE n > 1)::int, ln(2.0)::float, coalesce(exp(1.0), 2), nullif(sqrt(2.0), 1) FROM generate_series(1, 4) n
    SELECT (trim(' a '))::text, position('b' IN 'abc')::numeric, strpos('abc', 'c') * 2, extract(year FROM date '2026-01-01') * 1.5, (now() AT TIME ZONE 'UTC') = now() AT TIME ZONE 'UTC', to_number('12', '99')
    SELECT total_amount * 2, (total_amount - 1) / 3, sum(total_amount * total_amount), total_amount * total_amount * total_amount FROM orders GROUP BY total_amount ORDER BY 1, 2 DESC, total_amount * 2
    SELECT rank() OVER (PARTITION BY upper(status) ORDER BY number || 'x' DESC), dense_rank() OVER w FROM orders WINDOW w AS (ORDER BY lower(number)) ORDER BY 1, 2
    SELECT mode() WITHIN GROUP (ORDER BY upper(status)), percentile_disc(0.5) WITHIN GROUP (ORDER BY n), percentile_cont(0.5) WITHIN GROUP (ORDER BY n * 1.5) FROM (SELECT status, total_amount * 2 AS n FROM orders) x
    SELECT x FROM (SELECT upper(status) AS x FROM orders ORDER BY 1 OFFSET 1) q UNION ALL (SELECT 'a' ORDER BY 1) ORDER BY x DESC OFFSET 1
    (VALUES (2), (1)) ORDER BY 1
    SELECT DISTINCT lower(status) || 'x' FROM orders ORDER BY lower(status) || 'x' DESC
    SELECT DISTINCT lower(status) AS s FROM orders ORDER BY s
    SELECT lower(status) FROM orders UNION SELECT 'b' UNION (SELECT upper(number) FROM orders) ORDER BY 1
    SELECT lower(status) AS x FROM orders INTERSECT SELECT left('pending', 9) ORDER BY x
    SELECT DISTINCT ON (upper(status)) upper(status) FROM orders ORDER BY upper(status)
    SELECT trim(number FROM status), translate(status, lower(status), number), replace(number, status, 'x'), split_part(number, left(number, 1), 1) FROM orders ORDER BY number
    SELECT 1 AS answer, 2 AS given
    SELECT given.answer FROM (SELECT 1 AS answer) AS given
    """)

# --- What the role alone must stop, without any reading of the statement ----------------------------------------------

DENIED = lines("""
    SELECT * FROM customers_user
    SELECT * FROM public.customers_user
    SELECT webhook_secret FROM public.customers_store
    SELECT * FROM public.django_session
    SELECT * FROM public.customers_refreshtoken
    SELECT * FROM public.customers_idempotencyrecord
    SELECT * FROM public.orders_order
    SELECT * FROM public.reports_queryrun
    SELECT * FROM pg_authid
    SELECT * FROM pg_shadow
    SELECT * FROM pg_hba_file_rules
    SELECT * FROM pg_largeobject
    DELETE FROM reporting.orders
    DELETE FROM public.orders_order
    UPDATE public.customers_user SET role = 'super_admin'
    INSERT INTO reporting.categories (name) VALUES ('x')
    INSERT INTO public.customers_store (slug) VALUES ('x')
    WITH gone AS (DELETE FROM public.orders_order RETURNING *) SELECT * FROM gone
    TRUNCATE public.orders_order
    DROP VIEW reporting.orders
    DROP TABLE public.orders_order
    ALTER TABLE public.orders_order DISABLE TRIGGER ALL
    CREATE TABLE public.stolen (x int)
    CREATE TABLE reporting.stolen (x int)
    CREATE TEMP TABLE stolen (x int)
    SELECT * INTO TEMP stolen FROM reporting.orders
    CREATE FUNCTION reporting.f() RETURNS int LANGUAGE sql AS 'SELECT 1'
    CREATE SCHEMA mine
    CREATE ROLE mine
    CREATE EXTENSION IF NOT EXISTS dblink
    CREATE DATABASE mine
    ALTER ROLE CURRENT_USER SUPERUSER
    ALTER ROLE CURRENT_USER CREATEROLE
    ALTER SYSTEM SET fsync = off
    GRANT SELECT ON public.customers_user TO PUBLIC
    SET ROLE postgres
    SET SESSION AUTHORIZATION postgres
    COPY public.customers_user TO STDOUT
    COPY (SELECT 1) TO PROGRAM 'touch /tmp/dealport-was-here'
    COPY (SELECT 1) TO '/tmp/dealport-was-here'
    LOCK TABLE public.orders_order
    LOCK TABLE reporting.orders IN ACCESS EXCLUSIVE MODE
    SELECT * FROM reporting.orders FOR UPDATE
    SELECT pg_read_file('/etc/passwd')
    SELECT * FROM pg_ls_dir('/')
    SELECT lo_import('/etc/passwd')
    SELECT lo_create(0)
    SELECT nextval('public.orders_order_id_seq')
    SELECT setval('public.orders_order_id_seq', 1)
    SELECT pg_reload_conf()
    SELECT pg_switch_wal()
    SELECT pg_stat_reset()
    SELECT query_to_xml('SELECT * FROM public.customers_user', true, true, '')
    SELECT table_to_xml('public.customers_user', true, true, '')
    SELECT * FROM ts_stat('SELECT password::tsvector FROM public.customers_user')
    DO $$ BEGIN DELETE FROM public.orders_order; END $$
    DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM public.orders_order; END $$
    EXPLAIN ANALYZE DELETE FROM public.orders_order
    COMMENT ON VIEW reporting.orders IS 'x'
    VACUUM FULL public.orders_order
    CHECKPOINT
    SELECT set_config('statement_timeout', '0', false)
    SELECT set_config('default_transaction_read_only', 'off', false)
    SELECT set_config('work_mem', '8GB', true)
    SELECT pg_advisory_lock(4711)
    SELECT pg_try_advisory_lock_shared(4712)
    SELECT pg_advisory_xact_lock(1, 2)
    SELECT pg_advisory_unlock_all()
    SELECT pg_sleep(0.001)
    SELECT pg_sleep_for('1 millisecond')
    SELECT pg_sleep_until(now())
    SELECT pg_notify('spam', 'x')
    SELECT pg_export_snapshot()
    SELECT pg_logical_emit_message(false, 'x', 'y')
    SELECT pg_current_xact_id()
    SELECT txid_current()
    SELECT pg_cancel_backend(pg_backend_pid())
    SELECT pg_terminate_backend(1)
    SELECT query_to_xml('SELECT 1', true, true, '')
    SELECT table_to_xmlschema('reporting.orders', true, true, '')
    SELECT schema_to_xml('reporting', true, true, '')
    SELECT * FROM ts_stat('SELECT array_to_tsvector(ARRAY[''x''])')
    SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')
    SELECT lo_creat(-1)
    SELECT lo_from_bytea(0, 'x')
    DO $$ BEGIN PERFORM set_config('work_mem', '64MB', false); END $$
    DO $$ BEGIN PERFORM pg_advisory_lock(1684366700); END $$
    """)
LEAVES_NOTHING = lines("""
    SET work_mem = '64MB'
    LISTEN spam
    PREPARE p AS SELECT 1
    DECLARE c CURSOR WITH HOLD FOR SELECT 1
    DO $$ BEGIN SET work_mem = '64MB'; END $$
    """)
