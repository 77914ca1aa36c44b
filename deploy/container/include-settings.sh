#!/bin/sh
# Run once by the image of PostgreSQL, when it has made its cluster.
echo "include = '/etc/weicang/60-weicang.conf'" >> "$PGDATA/postgresql.conf"
