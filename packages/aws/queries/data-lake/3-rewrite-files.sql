-- Writes the files anew without the rows; the older files are still there for older states of the table.
OPTIMIZE {{table}} REWRITE DATA USING BIN_PACK
