"""The use cases, one function each, for the command line now and for web and API next.

A function takes an open store (`app.App`) and parsed values, and returns a plain answer. It raises
the domain's errors. It knows no terminal: nothing here prints, parses options or ends the process.
"""
