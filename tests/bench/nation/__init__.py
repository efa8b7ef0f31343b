"""Invented people of 42 areas over twenty years, and what happens to them day by day.

`almanac` holds the days and writes the facts down; the others say what happens: `custody`,
`courts`, `panels`, and `lives`, which begins them all. Called by `national` alone.
"""
