"""The `mihwar` command: one thin file a command, over plain functions of the other packages."""
