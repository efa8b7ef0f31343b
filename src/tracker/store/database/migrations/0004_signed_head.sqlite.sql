-- Nothing to change: SQLite has no function that appends. See the file of the same number for
-- PostgreSQL.
SELECT 1;
