"""From labelled paragraphs and a config file to a model folder."""
