"""Which of very many texts are alike: MinHash sketches, buckets on disk or in memory, clusters.

sketch      texts -> sets of shingles, sketches, bucket keys: many at once, without a loop
buckets     which earlier texts share a key with new ones
columns     files that grow: rows of one size, and pieces of any
index       all of these for the texts seen so far, for one run or kept in a directory
clusters    who is a duplicate of whom
"""
