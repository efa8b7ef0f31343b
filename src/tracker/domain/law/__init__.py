"""The law as pure functions over the dated tables of `config/law/`, one module per subject."""
