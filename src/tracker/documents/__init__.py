"""The annual return as a publication: the form of each year, and the writers of files."""
