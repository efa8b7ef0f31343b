"""The law as small pure functions over the dated tables of `config/law/`, one module a subject."""
