"""The HTTP API and the local pages: the same questions and numbers as the command line, over HTTP.

Why Starlette, uvicorn and Jinja2, with scripts vendored: few dependencies (seven small wheels, extra ``web``), a start of
0.2 s, and nothing is fetched from anywhere at run time. FastAPI would load the page of its documentation from another
host, answer NaN with an error of its own, and derive the OpenAPI document from type hints alone; here one table of
routes (:mod:`vcpi.web.api`) makes both the handlers and the document, and a test calls every route that the
document names.

Nothing in here computes: every number comes from :class:`vcpi.database.Database`, and CSV is written by what writes
it for the command line.
"""
