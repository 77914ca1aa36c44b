"""The SQL of analysis: `truth` says what figures should be, `rollups` writes them, `figures` reads them."""
