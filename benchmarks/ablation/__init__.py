"""Which parts of the training recipe pay: one small training run per variant, one table."""
