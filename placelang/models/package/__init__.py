"""Container images of models: `package` is where to begin. `environment` finds what a server needs of this machine,
`layers` makes files into layers, `layout` layers into an image on disk, `bill` says what is in it."""
