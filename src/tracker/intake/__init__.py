"""Facts in and out: files of CloudEvents, read line by line, imported whole or not at all."""
