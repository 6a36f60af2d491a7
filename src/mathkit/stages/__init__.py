"""The filters: each a generator from records to what becomes of them, under the name of its command."""
