"""Mathematical expressions as people and models write them: their notation, their trees, their values."""
