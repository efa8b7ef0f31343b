"""Invented people of 42 areas over twenty years, and what happens to them day by day.

`almanac` has the agenda and writes the facts; the others decide what happens: `custody`,
`courts`, `panels`, and `lives`, which begins them all. Called by `national` alone.
"""
