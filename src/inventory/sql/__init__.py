"""The SQL of inventory: one function with typed parameters per statement. Statements that write are called by services and uploads only."""
