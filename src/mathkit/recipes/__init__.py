"""The recipes that make new problems, translations and solutions of known ones: what is asked, and what is read."""
