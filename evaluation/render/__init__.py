"""A report as people and programs want to see it: a page, a summary, tables, and what CI systems read."""
