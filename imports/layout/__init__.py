"""Where the tables of a sheet are: headings of one or more rows, matrices, blocks below and beside each other."""
