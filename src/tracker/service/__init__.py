"""The use cases, one function each. Called by the command line; web and API will call them too.

A function takes an open store (`app.App`) and parsed values, and returns a plain answer. It raises
the errors of `domain.errors`. Nothing here prints, parses options or ends the process.
"""
