"""What these tests share: the tests' server, and the command line on any store."""

from __future__ import annotations

from postgres import postgres_programs, postgres_server, postgres_url

__all__ = ["postgres_programs", "postgres_server", "postgres_url"]
