"""The annual return as a publication: forms of the years, and files written after them."""
