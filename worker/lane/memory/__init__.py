"""The log of the lanes in memory, for tests and simulation: transactions, markers, fencing, groups, compaction."""
