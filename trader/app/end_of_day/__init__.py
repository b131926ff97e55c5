"""The end of a trade date: the books against each other, the report, the journal's anchors and its verification."""
