"""The console: pages for people, rendered here, with a little htmx and no script of their own.

``pages`` lists what it consists of; each page is a module with an ``add`` that puts its routes on
the blueprint. ``access`` says who looks and ``sessions`` by which cookie, ``layout`` renders,
``shown`` makes times and JSON of what the store holds, ``paging`` links to what is older.
"""
