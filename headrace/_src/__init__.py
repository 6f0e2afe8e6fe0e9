"""The code behind the public names, in floors: see the table in headrace/__init__.py. Private."""
