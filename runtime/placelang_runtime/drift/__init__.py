"""What a model meets in the world, against what it was made for: see `watcher`, which a model server tells of each
request.

`features` makes a few numbers of each tensor, `baseline` is how these were where the model was made, `window` is how
the last ones are, and `distance` how far that is from the baseline and whether chance explains it. `sketches` is the
same of an hour, in a form that adds up over sites; no input or answer can be read off it. Needs NumPy, and
datasketches where sketches are made or added up: both come with the extra `serve`. Nothing is imported here.
"""
