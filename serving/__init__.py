"""The HTTP service: articles are split into paragraphs, paragraphs classified, answers given."""
